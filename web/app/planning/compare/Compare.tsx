// Whose contracts are compared, on which days, at which prices; and what was compared before.
import { Button, Checkbox, Group, MultiSelect, NumberInput, Select, TextInput } from '@mantine/core';
import { IconPlus, IconScale } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { faultsUnder } from '../../admin/parts/faults';
import { HoursEditor } from '../../admin/parts/HoursEditor';
import { faultsOf, Fields, Page, Refusal, Section, Waiting } from '../../admin/parts/Page';
import { post } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { CompareDetail, ComparePrices, CompareRequest, JobView, PlanningBasis, TeamHours } from '../../api/types';
import { decimalsOf } from '../../billing/money';
import { useT } from '../../i18n/t';
import { queries } from '../../queries';
import { Empty } from '../../ui/Empty';
import { basis as basisQuery, comparison, usualMonth } from '../data';
import { Days } from '../parts/Days';
import { Earlier, useGoTo } from '../parts/Job';
import parts from '../parts/parts.module.css';

const DETAILS: readonly CompareDetail[] = ['parts', 'two_hours', 'hours'];
const AFTER = [10, 20, 30, 60, 120];
const HYBRIDS_MAX = 4;
const CLIENTS_MAX = 12;

/** The form, begun with what was asked last or with what is usual. */
export default function Compare() {
  const t = useT();
  const { like } = useSearch({ strict: false }) as { like?: string };
  const basis = useQuery(basisQuery);
  const earlier = useQuery({ ...comparison(like ?? ''), enabled: like !== undefined });
  if (!basis.data || (like && !earlier.data && !earlier.error)) return <Waiting error={basis.error} retry={() => void basis.refetch()} />;
  const begin = usual(basis.data, earlier.data?.asked, t('planning.office'));
  return (
    <Page title={t('planning.compare_title')} why={t('planning.compare_why')}>
      {begin ? <Form key={like ?? ''} basis={basis.data} begin={begin} /> : <Empty icon={<IconScale />} title={t('planning.nothing_recorded')}>{t('planning.nothing_recorded_next')}</Empty>}
      <Earlier kind="comparison" title={t('planning.earlier_comparisons')} none={t('planning.no_earlier')} />
    </Page>
  );
}

/** What a form begins with; nothing while there is nothing to compare. */
function usual(basis: PlanningBasis, asked: CompareRequest | undefined, office: string): CompareRequest | undefined {
  const [month, client, pool] = [usualMonth(basis), basis.clients[0], basis.pools[0]];
  if (!month || !client || !pool) return undefined;
  if (asked) return asked;
  const unit = 10 ** decimalsOf(client.currency);
  const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;
  return {
    client: client.id, more_clients: [], first_day: month.first, last_day: month.last, pool: client.pool ?? pool.id,
    costs: basis.costs ?? { agent_hour_minor: 24 * unit, shrinkage_permille: 280 },
    own_tariff: client.priced,
    prices: { minute_minor: 1.2 * unit, written_minor: 3.2 * unit, bundle_minutes: 0, bundle_fee_minor: 0, seat_hour_minor: 29 * unit, fixed_minor: 0 },
    hybrids: [{ name: office, weekly: [{ days: [...weekdays], from: '08:00', until: '18:00' }] }],
    overflow_after_s: [30], detail: 'two_hours', replications: 5, seed: 1, client_controls: false, budget_minor: null,
  };
}

function Form({ basis, begin }: { basis: PlanningBasis; begin: CompareRequest }) {
  const t = useT();
  const goTo = useGoTo('comparison');
  const [form, setForm] = useState(begin);
  const set = (part: Partial<CompareRequest>) => setForm({ ...form, ...part });
  const client = basis.clients.find(({ id }) => id === form.client);
  const currency = client?.currency ?? 'EUR';
  const unit = 10 ** decimalsOf(currency);
  const start = useMutation({
    mutationFn: () => post<JobView>('/planning/comparisons', form),
    meta: { quiet: true },
    onSuccess: async (job) => {
      await queries.invalidateQueries({ queryKey: ['planning', 'jobs'] });
      goTo(job);
    },
  });
  const faults = faultsOf(start.error);
  const under = (field: string) => faultsUnder(faults, field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const money = (label: string, field: string, minor: number, change: (minor: number) => void, description?: string) => (
    <NumberInput
      label={label} value={minor / unit} min={0} decimalScale={decimalsOf(currency)} fixedDecimalScale suffix={` ${currency}`} error={under(field)} hideControls
      {...(description ? { description } : {})} onChange={(value) => typeof value === 'number' && change(Math.round(value * unit))}
    />
  );
  const price = (name: keyof ComparePrices, description?: string) =>
    money(t(`planning.price_${name}`), `prices.${name}`, form.prices[name], (minor) => set({ prices: { ...form.prices, [name]: minor } }), description);
  const hybrid = (at: number, part: Partial<TeamHours>) => set({ hybrids: form.hybrids.map((one, i) => (i === at ? { ...one, ...part } : one)) });
  return (
    <form
      noValidate className={parts.form}
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      {start.error instanceof ApiError && faults.length === 0 && <Refusal error={start.error} />}
      <Section title={t('planning.whom')} hint={t('planning.whom_hint')}>
        <Fields>
          <MultiSelect
            label={t('planning.clients')} description={t('planning.clients_hint')} searchable hidePickedOptions maxValues={CLIENTS_MAX} nothingFoundMessage={t('shell.nothing_found')}
            value={[form.client, ...(form.more_clients ?? [])].filter(Boolean)} error={under('client') ?? under('more_clients')}
            data={basis.clients.map(({ id, name, model }) => ({ value: id, label: `${name} (${t(`planning.model_${model}`)})` }))}
            onChange={([first, ...more]) => {
              const next = basis.clients.find(({ id }) => id === first);
              // What is usual for the first one, as long as it is another.
              const its = next && next.id !== form.client ? { own_tariff: next.priced, pool: next.pool ?? form.pool } : {};
              set({ client: first ?? '', more_clients: more, ...its });
            }}
          />
          <Select
            label={t('planning.pool')} description={t('planning.pool_hint')} allowDeselect={false} value={form.pool} error={under('pool')} data={basis.pools.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(pool) => { if (pool) set({ pool }); }}
          />
        </Fields>
        <Days basis={basis} first={form.first_day} last={form.last_day} error={under('first_day') ?? under('last_day')} onChange={(first_day, last_day) => set({ first_day, last_day })} />
      </Section>
      <Section title={t('planning.costs')} hint={t('planning.costs_hint')}>
        <Fields>
          {money(t('planning.agent_hour'), 'costs.agent_hour_minor', form.costs.agent_hour_minor, (agent_hour_minor) => set({ costs: { ...form.costs, agent_hour_minor } }))}
          <NumberInput
            label={t('planning.shrinkage')} value={form.costs.shrinkage_permille / 10} min={0} max={90} decimalScale={1} suffix=" %" hideControls error={under('costs.shrinkage_permille')}
            onChange={(value) => typeof value === 'number' && set({ costs: { ...form.costs, shrinkage_permille: Math.round(value * 10) } })}
          />
        </Fields>
      </Section>
      <Section title={t('planning.prices')} hint={t('planning.prices_hint')}>
        <Checkbox
          label={t('planning.own_tariff', { model: client ? t(`planning.model_${client.model}`) : '' })} checked={form.own_tariff && client?.priced === true} disabled={!client?.priced}
          {...(client && !client.priced ? { description: t('planning.own_tariff_none') } : {})} onChange={(event) => set({ own_tariff: event.currentTarget.checked })}
        />
        <Fields>
          {price('minute_minor')}
          {price('written_minor')}
          <NumberInput
            label={t('planning.price_bundle_minutes')} value={form.prices.bundle_minutes} min={0} hideControls error={under('prices.bundle_minutes')}
            onChange={(value) => typeof value === 'number' && set({ prices: { ...form.prices, bundle_minutes: Math.round(value) } })}
          />
          {price('bundle_fee_minor')}
          {price('seat_hour_minor', t('planning.seats_as_staffed'))}
          {price('fixed_minor')}
        </Fields>
      </Section>
      <Section title={t('planning.hybrids')} hint={t('planning.hybrids_hint')}>
        {form.hybrids.map((hours, at) => (
          // They have no id; they are only ever changed in place or removed.
          // oxlint-disable-next-line react/no-array-index-key
          <Group key={at} align="flex-start" gap="lg" wrap="wrap">
            <TextInput label={t('planning.hours_name')} w={200} value={hours.name} error={under(`hybrids[${at}].name`)} onChange={(event) => hybrid(at, { name: event.currentTarget.value })} />
            <HoursEditor label={t('planning.team_hours')} value={hours.weekly} faults={faults} path={`hybrids[${at}].weekly`} onChange={(weekly) => hybrid(at, { weekly })} />
            <Button variant="subtle" color="gray" mt={22} onClick={() => set({ hybrids: form.hybrids.filter((_, i) => i !== at) })}>{t('planning.without_hybrid')}</Button>
          </Group>
        ))}
        <Group align="flex-end">
          <Button
            variant="default" leftSection={<IconPlus size={14} />} disabled={form.hybrids.length >= HYBRIDS_MAX}
            onClick={() => set({ hybrids: [...form.hybrids, { name: t('planning.hours_number', { number: form.hybrids.length + 1 }), weekly: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '09:00', until: '17:00' }] }] })}
          >
            {t('planning.add_hours')}
          </Button>
          {form.hybrids.length > 0 && (
            <MultiSelect
              label={t('planning.overflow_after')} w={300} value={form.overflow_after_s.map(String)} maxValues={HYBRIDS_MAX} error={under('overflow_after_s')}
              data={[...new Set([...AFTER, ...form.overflow_after_s])].map((seconds) => ({ value: String(seconds), label: t('planning.seconds', { seconds }) }))}
              onChange={(values) => set({ overflow_after_s: values.map(Number).toSorted((a, b) => a - b) })}
            />
          )}
        </Group>
      </Section>
      <Section title={t('planning.wishes')} hint={t('planning.wishes_hint')}>
        <Checkbox label={t('planning.client_controls')} checked={form.client_controls} onChange={(event) => set({ client_controls: event.currentTarget.checked })} />
        <Fields>
          <NumberInput
            label={t('planning.budget')} value={form.budget_minor ? form.budget_minor / unit : ''} min={0} placeholder={t('planning.no_budget')} suffix={` ${currency}`} hideControls error={under('budget_minor')}
            onChange={(value) => set({ budget_minor: typeof value === 'number' && value > 0 ? Math.round(value * unit) : null })}
          />
          <Select
            label={t('planning.detail')} allowDeselect={false} value={form.detail} data={DETAILS.map((value) => ({ value, label: t(`planning.detail_${value}`) }))}
            onChange={(value) => { const detail = DETAILS.find((one) => one === value); if (detail) set({ detail }); }}
          />
          <NumberInput
            label={t('planning.replications')} description={t('planning.replications_hint')} value={form.replications} min={2} max={50} error={under('replications')}
            onChange={(value) => typeof value === 'number' && set({ replications: Math.round(value) })}
          />
        </Fields>
      </Section>
      <Group mt="md" mb="lg"><Button type="submit" leftSection={<IconScale size={16} />} loading={start.isPending} disabled={form.client === ''}>{t('planning.begin_compare')}</Button></Group>
    </form>
  );
}
