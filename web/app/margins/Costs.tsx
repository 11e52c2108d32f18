// What an hour of an agent costs, for the whole house and by site.
import { Button, Group, NumberInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { allSites } from '../admin/data';
import { faultAt } from '../admin/parts/faults';
import { Fields, faultsOf, Refusal, Section } from '../admin/parts/Page';
import { put } from '../api/client';
import type { AgentCostTerms } from '../api/types';
import { decimalsOf } from '../billing/money';
import { useT } from '../i18n/t';
import { queries } from '../queries';
import { showNote } from '../ui/toast';

/** The form; it begins with what is kept. */
export function Costs({ costs }: { costs: AgentCostTerms }) {
  const t = useT();
  const sites = useQuery(allSites);
  const [it, setIt] = useState(costs);
  const save = useMutation({
    mutationFn: () => put<AgentCostTerms>('/agent-costs', it), meta: { quiet: true },
    onSuccess: () => {
      showNote(t('billing.mar_saved'));
      void queries.invalidateQueries({ queryKey: ['margins'] });
    },
  });
  const faults = faultsOf(save.error);
  const unit = 10 ** decimalsOf(it.currency);
  const set = (part: Partial<AgentCostTerms>) => setIt({ ...it, ...part });
  const hour = (label: string, minor: number | undefined, field: string, write: (minor: number | undefined) => void, hint?: string) => (
    <NumberInput
      key={field} label={label} {...(hint ? { description: hint } : {})} value={minor ? minor / unit : ''} min={0} decimalScale={decimalsOf(it.currency)} suffix={` ${it.currency}`} error={faultAt(faults, field)}
      onChange={(value) => write(value === '' ? undefined : Math.round(Number(value) * unit))}
    />
  );
  const ofSite = (site: string, minor: number | undefined) => {
    const others = it.sites?.filter((cost) => cost.site !== site) ?? [];
    set({ sites: minor ? [...others, { site, agent_hour_minor: minor }] : others });
  };
  return (
    <Section id="costs" title={t('billing.mar_costs')} hint={t('billing.mar_costs_hint')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Refusal error={save.error} reload={() => void queries.invalidateQueries({ queryKey: ['margins'] })} />
        <Fields>
          {hour(t('billing.mar_hour'), it.agent_hour_minor || undefined, 'agent_hour_minor', (minor) => set({ agent_hour_minor: minor ?? 0 }), t('billing.mar_hour_hint'))}
          <NumberInput
            label={t('billing.mar_shrinkage')} description={t('billing.mar_shrinkage_hint')} value={it.shrinkage_permille / 10} min={0} max={90} decimalScale={1} suffix=" %"
            error={faultAt(faults, 'shrinkage_permille')} onChange={(value) => set({ shrinkage_permille: Math.round(Number(value) * 10) })}
          />
          <TextInput label={t('billing.mar_currency')} description={t('billing.mar_currency_hint')} maxLength={3} value={it.currency} error={faultAt(faults, 'currency')} onChange={(event) => set({ currency: event.currentTarget.value.toUpperCase() })} />
          {sites.data?.map(({ id, name }) => {
            const at = it.sites?.findIndex((cost) => cost.site === id) ?? -1;
            return hour(t('billing.mar_hour_at', { site: name }), at < 0 ? undefined : it.sites?.[at]?.agent_hour_minor, at < 0 ? `site.${id}` : `sites[${at}].agent_hour_minor`, (minor) => ofSite(id, minor), t('billing.mar_hour_at_hint'));
          })}
        </Fields>
        <Group justify="flex-end" mt="md"><Button type="submit" loading={save.isPending}>{t('billing.mar_save')}</Button></Group>
      </form>
    </Section>
  );
}
