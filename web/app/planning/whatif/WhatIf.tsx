// Recorded days once more, with something otherwise: what, on which days; and what was tried before.
import { ActionIcon, Button, Group, MultiSelect, NumberInput, Select, TextInput } from '@mantine/core';
import { IconArrowsSplit2, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { faultsUnder } from '../../admin/parts/faults';
import { DAYS } from '../../admin/parts/hours';
import { HoursEditor } from '../../admin/parts/HoursEditor';
import { dayName } from '../../admin/parts/names';
import { faultsOf, Fields, Page, Refusal, Section, Waiting } from '../../admin/parts/Page';
import { post } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { FaultView, JobView, PlanningBasis, WeekdayName, WhatIfChange, WhatIfRequest } from '../../api/types';
import { useT } from '../../i18n/t';
import { queries } from '../../queries';
import { Empty } from '../../ui/Empty';
import { basis as basisQuery, usualMonth, whatIf } from '../data';
import { Days } from '../parts/Days';
import { Earlier, useGoTo } from '../parts/Job';
import parts from '../parts/parts.module.css';
import css from './WhatIf.module.css';

const CHANGES_MAX = 20;
const MODELS = ['shared', 'dedicated', 'hybrid'] as const;
const CHANNELS = ['voice', 'chat', 'mail', 'message'] as const;

/** The form, begun with what was asked last or with the newest whole month. */
export default function WhatIf() {
  const t = useT();
  const { like } = useSearch({ strict: false }) as { like?: string };
  const basis = useQuery(basisQuery);
  const earlier = useQuery({ ...whatIf(like ?? ''), enabled: like !== undefined });
  if (!basis.data || (like && !earlier.data && !earlier.error)) return <Waiting error={basis.error} retry={() => void basis.refetch()} />;
  const month = usualMonth(basis.data);
  const [client] = basis.data.clients;
  const begin: WhatIfRequest | undefined = earlier.data?.asked ?? (month && client && {
    first_day: month.first, last_day: month.last, zone: client.zone, changes: [], replications: 20, seed: 1,
  });
  return (
    <Page title={t('planning.what_if_title')} why={t('planning.what_if_why')}>
      {begin ? <Form key={like ?? ''} basis={basis.data} begin={begin} /> : <Empty icon={<IconArrowsSplit2 />} title={t('planning.nothing_recorded')}>{t('planning.nothing_recorded_next')}</Empty>}
      <Earlier kind="what_if" title={t('planning.earlier_what_ifs')} none={t('planning.no_earlier')} />
    </Page>
  );
}

function Form({ basis, begin }: { basis: PlanningBasis; begin: WhatIfRequest }) {
  const t = useT();
  const goTo = useGoTo('what_if');
  const [form, setForm] = useState(begin);
  const set = (part: Partial<WhatIfRequest>) => setForm({ ...form, ...part });
  const start = useMutation({
    mutationFn: () => post<JobView>('/planning/what-ifs', form),
    meta: { quiet: true },
    onSuccess: async (job) => {
      await queries.invalidateQueries({ queryKey: ['planning', 'jobs'] });
      goTo(job);
    },
  });
  const faults = faultsOf(start.error);
  const under = (field: string) => faultsUnder(faults, field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const add = (change: WhatIfChange) => set({ changes: [...form.changes, change] });
  const [client] = basis.clients;
  const full = form.changes.length >= CHANGES_MAX;
  const zones = [...new Set([form.zone, ...basis.clients.map(({ zone }) => zone)])];
  return (
    <form
      noValidate className={parts.form}
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      {start.error instanceof ApiError && faults.length === 0 && <Refusal error={start.error} />}
      <Section title={t('planning.which_days')}>
        <Days basis={basis} first={form.first_day} last={form.last_day} error={under('first_day') ?? under('last_day')} onChange={(first_day, last_day) => set({ first_day, last_day })} />
        <Fields>
          <Select label={t('planning.zone')} allowDeselect={false} value={form.zone} data={zones} onChange={(zone) => { if (zone) set({ zone }); }} />
          <NumberInput
            label={t('planning.replications')} description={t('planning.replications_hint')} value={form.replications} min={2} max={200} error={under('replications')}
            onChange={(value) => typeof value === 'number' && set({ replications: Math.round(value) })}
          />
        </Fields>
      </Section>
      <Section title={t('planning.otherwise')} hint={t('planning.otherwise_hint')}>
        {form.changes.length === 0 && <p className={css.none} role={under('changes') ? 'alert' : undefined}>{t('planning.no_change')}</p>}
        {form.changes.map((change, at) => (
          // They have no id; they are only ever changed in place or removed.
          // oxlint-disable-next-line react/no-array-index-key
          <fieldset key={at} className={css.change}>
            <legend>{t(`planning.change_${change.kind}`)}</legend>
            <Change
              change={change} basis={basis} faults={faults} at={at} onChange={(next) => set({ changes: form.changes.map((one, i) => (i === at ? next : one)) })}
            />
            <ActionIcon variant="subtle" color="gray" aria-label={t('planning.without_change', { number: at + 1 })} onClick={() => set({ changes: form.changes.filter((_, i) => i !== at) })}>
              <IconTrash size={16} />
            </ActionIcon>
          </fieldset>
        ))}
        <Group>
          <Button
            variant="default" leftSection={<IconPlus size={14} />} disabled={full || !client}
            onClick={() => client && add({ kind: 'contract', client: client.id, model: 'shared', pool: client.pool ?? basis.pools[0]?.id ?? null, team: null, team_hours: [], overflow_after_s: 30 })}
          >
            {t('planning.change_contract')}
          </Button>
          <Button
            variant="default" leftSection={<IconPlus size={14} />} disabled={full}
            onClick={() => add({ kind: 'agents', pool: basis.pools[0]?.id ?? null, team: null, change: -1, days: [], from: '09:00', until: '17:00' })}
          >
            {t('planning.change_agents')}
          </Button>
          <Button variant="default" leftSection={<IconPlus size={14} />} disabled={full} onClick={() => add({ kind: 'demand', client: null, channel: null, percent: 120 })}>
            {t('planning.change_demand')}
          </Button>
        </Group>
      </Section>
      <Group mt="md" mb="lg"><Button type="submit" leftSection={<IconArrowsSplit2 size={16} />} loading={start.isPending} disabled={form.changes.length === 0}>{t('planning.begin_what_if')}</Button></Group>
    </form>
  );
}

function Change({ change, basis, faults, at, onChange }: {
  change: WhatIfChange; basis: PlanningBasis; faults: readonly FaultView[]; at: number; onChange: (change: WhatIfChange) => void;
}) {
  const t = useT();
  const under = (field: string) => faultsUnder(faults, `changes[${at}].${field}`).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const named = (list: readonly { id: string; name: string }[]) => list.map(({ id, name }) => ({ value: id, label: name }));
  switch (change.kind) {
    case 'contract': {
      const teams = basis.teams.filter(({ client }) => client === change.client);
      const hybrid = change.model === 'hybrid';
      return (
        <Fields>
          <Select
            label={t('planning.client')} allowDeselect={false} value={change.client} data={named(basis.clients)} error={under('client')}
            onChange={(client) => client && onChange({ ...change, client, team: basis.teams.find((team) => team.client === client)?.id ?? null })}
          />
          <Select
            label={t('planning.contract')} allowDeselect={false} value={change.model} data={MODELS.map((value) => ({ value, label: t(`planning.model_${value}`) }))}
            onChange={(value) => {
              const model = MODELS.find((one) => one === value);
              if (!model) return;
              const hours = { days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as WeekdayName[], from: '08:00', until: '18:00' };
              onChange({ ...change, model, team: change.team ?? teams[0]?.id ?? null, team_hours: model === 'hybrid' && (change.team_hours ?? []).length === 0 ? [hours] : change.team_hours ?? [] });
            }}
          />
          {change.model !== 'dedicated' && <Select label={t('planning.pool')} value={change.pool ?? null} data={named(basis.pools)} error={under('pool')} onChange={(pool) => onChange({ ...change, pool })} />}
          {change.model !== 'shared' && <Select label={t('planning.team')} value={change.team ?? null} data={named(teams)} error={under('team')} onChange={(team) => onChange({ ...change, team })} />}
          {hybrid && (
            <NumberInput
              label={t('planning.overflow_after')} suffix=" s" min={0} max={3600} value={change.overflow_after_s ?? ''} hideControls
              onChange={(value) => onChange({ ...change, overflow_after_s: typeof value === 'number' ? Math.round(value) : null })}
            />
          )}
          {hybrid && (
            <HoursEditor
              label={t('planning.team_hours')} value={change.team_hours ?? []} faults={faults} path={`changes[${at}].team_hours`} onChange={(team_hours) => onChange({ ...change, team_hours })}
            />
          )}
        </Fields>
      );
    }
    case 'agents': {
      const whose = change.team ? `team ${change.team}` : `pool ${change.pool ?? ''}`;
      return (
        <Fields>
          <Select
            label={t('planning.of_whom')} allowDeselect={false} value={whose} error={under('pool')}
            data={[
              { group: t('planning.pools'), items: basis.pools.map(({ id, name }) => ({ value: `pool ${id}`, label: name })) },
              { group: t('planning.teams'), items: basis.teams.map(({ id, name }) => ({ value: `team ${id}`, label: name })) },
            ]}
            onChange={(value) => {
              const [kind, id] = (value ?? '').split(' ');
              onChange({ ...change, pool: kind === 'pool' ? id ?? null : null, team: kind === 'team' ? id ?? null : null });
            }}
          />
          <NumberInput
            label={t('planning.agents_change')} description={t('planning.agents_change_hint')} value={change.change} min={-100} max={100}
            onChange={(value) => typeof value === 'number' && onChange({ ...change, change: Math.round(value) })}
          />
          <TextInput type="time" label={t('planning.from')} value={change.from} onChange={(event) => onChange({ ...change, from: event.currentTarget.value })} />
          <TextInput type="time" label={t('planning.until')} value={change.until} onChange={(event) => onChange({ ...change, until: event.currentTarget.value })} />
          <MultiSelect
            label={t('planning.on_days')} placeholder={(change.days ?? []).length === 0 ? t('planning.every_day') : ''} value={change.days ?? []} data={DAYS.map((value) => ({ value, label: dayName(value) }))}
            onChange={(days) => onChange({ ...change, days: DAYS.filter((day) => days.includes(day)) })}
          />
        </Fields>
      );
    }
    case 'demand':
      return (
        <Fields>
          <Select
            label={t('planning.client')} clearable placeholder={t('planning.all_clients')} value={change.client ?? null} data={named(basis.clients)} error={under('client')}
            onChange={(client) => onChange({ ...change, client })}
          />
          <Select
            label={t('planning.channel')} clearable placeholder={t('planning.all_channels')} value={change.channel ?? null} data={CHANNELS.map((value) => ({ value, label: t(`planning.channel_${value}`) }))}
            onChange={(value) => onChange({ ...change, channel: CHANNELS.find((one) => one === value) ?? null })}
          />
          <NumberInput
            label={t('planning.percent')} description={t('planning.percent_hint')} value={change.percent} min={0} max={1000} suffix=" %"
            onChange={(value) => typeof value === 'number' && onChange({ ...change, percent: Math.round(value) })}
          />
        </Fields>
      );
  }
}
