import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { changed } from '../admin/data';
import { Dispositions, Outside } from '../admin/contract/Ends';
import { Faults } from '../admin/contract/faults';
import { Changes } from '../admin/contract/History';
import { NobodyAndTalk, OverflowLimits, Peak } from '../admin/contract/PeriodParts';
import { Promise as PromiseFields } from '../admin/contract/Promise';
import { changeAt } from '../admin/contract/terms';
import { useFieldWords } from '../admin/contract/Words';
import { faultAt } from '../admin/parts/faults';
import { Fields, faultsOf, Refusal, Section } from '../admin/parts/Page';
import { TextsField } from '../admin/parts/TextsField';
import { path, post, put } from '../api/client';
import { useMe } from '../api/session';
import type { AgreedContract, ContractTerms, ContractView, ProposalView, TermsPreview } from '../api/types';
import { useT } from '../i18n/t';
import { showNote } from '../ui/toast';

/**
 * What of the terms the client's manager writes: published at once where it is theirs, proposed where it is not. `start` is what they begin
 * with, where it is not what is agreed.
 */
export function Part({ contract, start, reload }: { contract: AgreedContract; start?: ContractTerms | undefined; reload: () => void }) {
  const t = useT();
  const words = useFieldWords();
  const writes = useMe().role === 'client_manager';
  const [terms, setTerms] = useState<ContractTerms>(start ?? contract.terms);
  const [note, setNote] = useState('');
  const body = { based_on: contract.version, note, terms };
  const publish = useMutation({
    mutationFn: () => put<ContractView>(path`/clients/${contract.client}/contract`, body),
    meta: { quiet: true },
    onSuccess: ({ version }) => {
      showNote(t('client.published', { version: String(version) }));
      changed('clients');
      reload();
    },
  });
  const propose = useMutation({
    mutationFn: () => post<ProposalView>(path`/clients/${contract.client}/proposals`, body),
    meta: { quiet: true },
    onSuccess: () => {
      showNote(t('client.sent'));
      setTerms(contract.terms);
      setNote('');
      publish.reset();
      changed('clients');
    },
  });
  const error = propose.error ?? publish.error;
  const faults = faultsOf(error);
  const set = (part: Partial<ContractTerms>) => setTerms((before) => ({ ...before, ...part }));
  const isOwn = (period: string) => contract.periods_of_client.includes(period);
  const whole = contract.controlled_by === 'client';
  const hint = (own: boolean) => t(own ? 'client.yours' : 'client.proposed');
  const touched = terms !== contract.terms;
  const [settled] = useDebouncedValue(terms, 400);
  const preview = useQuery({
    queryKey: ['contract', contract.client, 'preview', contract.version, settled],
    queryFn: () => post<TermsPreview>(path`/clients/${contract.client}/contract/preview`, { based_on: contract.version, terms: settled }),
    enabled: writes && settled !== contract.terms,
    placeholderData: (before) => before,
    gcTime: 0,
    meta: { quiet: true },
  });
  const seen = touched ? preview.data : undefined;
  const beyond = contract.controlled_by === 'provider' ? [] : (seen?.faults ?? []).filter(({ code }) => code === 'not_yours');

  return (
    <Faults.Provider value={faults}>
      <Text c="var(--text-2)">
        {writes ? t(`client.controlled_${contract.controlled_by}`, { periods: contract.periods_of_client.join(', ') }) : t('client.reader')}
      </Text>
      {/* Everything in it is native below, so a reader's fields are off at once. */}
      <fieldset disabled={!writes} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack gap="sm">
          {terms.periods.map((period, at) => {
            const place = { period, path: `periods[${at}]`, onChange: (part: Partial<typeof period>) => set({ periods: changeAt(terms.periods, at, part) }) };
            return (
              <Section key={period.name} title={period.name} {...(writes ? { hint: hint(isOwn(period.name)) } : {})}>
                <PromiseFields promise={period.promise} path={`${place.path}.promise`} onChange={(promise) => place.onChange({ promise })} />
                <Peak {...place} languages={terms.languages} />
                <Fields>
                  {period.overflow && <OverflowLimits overflow={period.overflow} path={place.path} onChange={place.onChange} />}
                  <NobodyAndTalk {...place} />
                </Fields>
              </Section>
            );
          })}
          {terms.queues.map((queue, at) => {
            const change = (part: Partial<typeof queue>) => set({ queues: changeAt(terms.queues, at, part) });
            return (
              <Section key={queue.id} title={queue.name} {...(writes ? { hint: hint(whole) } : {})}>
                <TextsField label={t('admin.greeting')} languages={terms.languages} value={queue.greeting} onChange={(greeting) => change({ greeting })} />
                <Textarea
                  label={t('admin.protocol')} description={t('admin.protocol_hint')} autosize minRows={2} maxRows={12} dir="auto" value={queue.protocol ?? ''}
                  onChange={(event) => change({ protocol: event.currentTarget.value })}
                />
              </Section>
            );
          })}
          <Outside terms={terms} set={set} />
          <Dispositions terms={terms} set={set} />
        </Stack>
      </fieldset>
      {writes && (
        <Section title={t('client.note')}>
          <Refusal error={error} reload={reload} />
          {beyond.length > 0 && (
            <div role="alert">
              <Text size="sm">{t('client.not_yours')}</Text>
              <ul style={{ margin: '4px 0 0' }}>{beyond.map(({ field }) => <li key={field}>{words(field)}</li>)}</ul>
            </div>
          )}
          {seen && (seen.changes.length > 0 ? <Changes label={t('client.changes')} changes={seen.changes} /> : <Text size="sm">{t('admin.same')}</Text>)}
          <Textarea aria-label={t('client.note')} autosize minRows={2} maxRows={8} maxLength={2000} dir="auto" value={note} error={faultAt(faults, 'note')} onChange={(event) => setNote(event.currentTarget.value)} />
          <Group gap="sm">
            {contract.controlled_by !== 'provider' && <Button disabled={!touched} loading={publish.isPending} onClick={() => publish.mutate()}>{t('client.publish')}</Button>}
            <Button variant={contract.controlled_by === 'provider' ? 'filled' : 'default'} disabled={!touched} loading={propose.isPending} onClick={() => propose.mutate()}>{t('client.propose')}</Button>
            {touched ? (
              <Button
                variant="subtle" color="gray"
                onClick={() => {
                  setTerms(contract.terms);
                  publish.reset();
                  propose.reset();
                }}
              >
                {t('client.discard')}
              </Button>
            ) : <Text size="sm" c="var(--text-2)">{t('client.unchanged')}</Text>}
          </Group>
        </Section>
      )}
    </Faults.Provider>
  );
}
