// What both sides are billed by: legal identity, terms of payment.
import { Button, Group, NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { faultAt } from '../admin/parts/faults';
import { Fields, faultsOf, Refusal, Section, Waiting } from '../admin/parts/Page';
import { get, put } from '../api/client';
import type { BuyerTerms, PartyTerms, SellerTerms, UntaxedChoice } from '../api/types';
import { useT } from '../i18n/t';
import { queries } from '../queries';
import { showNote } from '../ui/toast';

const PARTY = ['legal_name', 'street', 'postcode', 'city', 'country', 'vat', 'registration', 'email'] as const;

function Party({ party, error, onChange }: { party: PartyTerms; error: unknown; onChange: (party: PartyTerms) => void }) {
  const t = useT();
  return PARTY.map((field) => (
    <TextInput
      key={field} label={t(`billing.inv_${field}`)} value={party[field]} error={faultAt(faultsOf(error), `party.${field}`)}
      onChange={(event) => onChange({ ...party, [field]: event.currentTarget.value })}
    />
  ));
}

/** A form over details that are read and written at one address. */
function useDetails<T extends { version: number }>(at: string) {
  const t = useT();
  const [edited, setEdited] = useState<T>();
  const query = useQuery({ queryKey: ['invoices', 'details', at], queryFn: () => get<T>(at) });
  const save = useMutation({
    mutationFn: (terms: T) => put<T>(at, terms), meta: { quiet: true },
    onSuccess: () => {
      setEdited(undefined);
      showNote(t('billing.inv_saved'));
      void queries.invalidateQueries({ queryKey: ['invoices'] });
    },
  });
  const it = edited ?? query.data;
  const reload = () => {
    setEdited(undefined);
    void query.refetch();
  };
  return { it, query, save, reload, touched: edited !== undefined, set: (part: Partial<T>) => it && setEdited({ ...it, ...part }) };
}

/** How the provider bills. */
export function SellerDetails() {
  const t = useT();
  const { it, query, save, set, touched, reload } = useDetails<SellerTerms>('/billing-details');
  if (!it) return <Waiting error={query.error} retry={() => void query.refetch()} />;
  const text = (field: 'iban' | 'bic' | 'series' | 'credit_series') => (
    <TextInput label={t(`billing.inv_${field}`)} value={it[field]} error={faultAt(faultsOf(save.error), field)} onChange={(event) => set({ [field]: event.currentTarget.value })} />
  );
  return (
    <Section title={t('billing.inv_our_details')} hint={t('billing.inv_our_details_hint')}>
      <Refusal error={save.error} reload={reload} />
      <Fields>
        <Party party={it.party} error={save.error} onChange={(party) => set({ party })} />
        {text('iban')}{text('bic')}
        <NumberInput label={t('billing.inv_payment_days')} min={0} max={365} value={it.payment_days} onChange={(days) => set({ payment_days: Number(days) })} />
        {text('series')}{text('credit_series')}
      </Fields>
      <Textarea label={t('billing.inv_footer')} autosize minRows={2} value={it.footer} onChange={(event) => set({ footer: event.currentTarget.value })} />
      <Group justify="flex-end"><Button disabled={!touched} loading={save.isPending} onClick={() => save.mutate(it)}>{t('billing.inv_save')}</Button></Group>
    </Section>
  );
}

/** How a client is billed. */
export function BuyerDetails({ client }: { client: string }) {
  const t = useT();
  const { it, query, save, set, touched, reload } = useDetails<BuyerTerms>(`/clients/${client}/billing-details`);
  if (!it) return <Waiting error={query.error} retry={() => void query.refetch()} />;
  const languages = [{ value: 'en', label: 'English' }, { value: 'fr', label: 'Français' }, { value: 'ru', label: 'Русский' }];
  return (
    <Section title={t('billing.inv_client_details')} hint={t('billing.inv_client_details_hint')}>
      <Refusal error={save.error} reload={reload} />
      <Fields>
        <Party party={it.party} error={save.error} onChange={(party) => set({ party })} />
        <Select label={t('billing.inv_language')} allowDeselect={false} value={it.language} data={languages} onChange={(language) => { if (language) set({ language }); }} />
        <NumberInput label={t('billing.inv_payment_days')} placeholder={t('billing.inv_as_ours')} min={0} max={365} value={it.payment_days ?? ''} onChange={(days) => set({ payment_days: days === '' ? null : Number(days) })} />
        <TextInput label={t('billing.inv_their_reference')} value={it.reference} onChange={(event) => set({ reference: event.currentTarget.value })} />
        <Select
          label={t('billing.inv_untaxed')} clearable value={it.untaxed ?? null} data={(['reverse_charge', 'exempt', 'out_of_scope'] as const).map((value) => ({ value, label: t(`billing.inv_untaxed_${value}`) }))}
          onChange={(why) => set({ untaxed: why as UntaxedChoice | null })} // only the three above are offered
        />
        <TagsInput
          label={t('billing.mail_contacts')} description={t('billing.mail_contacts_hint')} value={it.contacts ?? []} maxTags={10} acceptValueOnBlur
          error={faultAt(faultsOf(save.error), 'contacts')} onChange={(contacts) => set({ contacts })}
        />
      </Fields>
      <Switch label={t('billing.mail_on_issue')} checked={it.mail_on_issue ?? false} onChange={(event) => set({ mail_on_issue: event.currentTarget.checked })} />
      <Group justify="flex-end"><Button disabled={!touched} loading={save.isPending} onClick={() => save.mutate(it)}>{t('billing.inv_save')}</Button></Group>
    </Section>
  );
}
