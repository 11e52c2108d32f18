import { ActionIcon, Button, MultiSelect, Radio, Select, SegmentedControl, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useContext } from 'react';

import type { PeriodTerms, ServiceTerms } from '../../api/types';
import { useT } from '../../i18n/t';
import { allCalendars, allPools, allTeams, optionsOf } from '../data';
import { HoursEditor } from '../parts/HoursEditor';
import { stretchesOf } from '../parts/hours';
import { Fields, Section } from '../parts/Page';
import { WeekRibbon, type Look } from '../parts/WeekRibbon';
import css from './Contract.module.css';
import { Faults, useField } from './faults';
import { NobodyAndTalk, OverflowLimits, Peak } from './PeriodParts';
import { Promise as PromiseFields } from './Promise';
import { changeAt, newPeriod, ribbonOf, without, type Edit } from './terms';

/** The periods of the week, with a picture of who answers when. */
export function Periods({ terms, set }: Edit) {
  const t = useT();
  const field = useField();
  const calendars = useQuery(allCalendars);
  const calendar = calendars.data?.find(({ id }) => id === terms.hours);
  const blocks = ribbonOf(terms, calendar ? (day) => stretchesOf(calendar.weekly, day) : undefined, { gap: t('admin.legend_gap'), closed: t('admin.legend_closed') });
  const looks = new Set<Look>([...terms.periods.map(({ service }) => service.kind), ...(['gap', 'closed'] as const)]);
  const legend = (['dedicated', 'shared', 'gap', 'closed'] as const).filter((look) => looks.has(look)).map((look) => ({ look, label: t(`admin.legend_${look}`) }));
  const whole = field('periods').error;
  return (
    <Section title={t('admin.periods')} hint={t('admin.periods_hint')} id="section-periods">
      <WeekRibbon label={t('admin.ribbon')} blocks={blocks} legend={legend} />
      {whole && <Text size="xs" c="var(--danger)" role="alert" id={field('periods').id} tabIndex={-1}>{whole}</Text>}
      {terms.periods.map((period, at) => (
        <Period
          // oxlint-disable-next-line react/no-array-index-key
          key={at} period={period} at={at} languages={terms.languages} alone={terms.periods.length === 1}
          onChange={(part) => set({ periods: changeAt(terms.periods, at, part) })} onRemove={() => set({ periods: without(terms.periods, at) })}
        />
      ))}
      <div>
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => set({ periods: [...terms.periods, newPeriod(t('admin.new_period'), terms.periods.at(-1))] })}>
          {t('admin.add_period')}
        </Button>
      </div>
    </Section>
  );
}

function Period({ period, at, languages, alone, onChange, onRemove }: {
  period: PeriodTerms; at: number; languages: readonly string[]; alone: boolean; onChange: (part: Partial<PeriodTerms>) => void; onRemove: () => void;
}) {
  const t = useT();
  const field = useField();
  const faults = useContext(Faults);
  const path = `periods[${at}]`;
  const { when, overflow } = period;
  const own = field(path).error;
  return (
    <div className={css.item} role="group" aria-label={`${t('admin.period_n', { at: String(at + 1) })}: ${period.name}`} id={field(path).id} tabIndex={-1}>
      <div className={css.itemHead}>
        <Text fw={600}>{t('admin.period_n', { at: String(at + 1) })}</Text>
        <ActionIcon variant="subtle" color="gray" ms="auto" disabled={alone} aria-label={t('admin.remove_of', { name: period.name })} onClick={onRemove}><IconTrash size={16} /></ActionIcon>
      </div>
      {own && <Text size="xs" c="var(--danger)" role="alert">{own}</Text>}
      <Fields>
        <TextInput label={t('admin.name')} value={period.name} {...field(`${path}.name`)} onChange={(event) => onChange({ name: event.currentTarget.value })} />
        <Stack gap={4} align="flex-start" style={{ gridColumn: 'span 2' }}>
          <Text size="xs" fw={500}>{t('admin.when')}</Text>
          <SegmentedControl
            aria-label={t('admin.when')} value={when.kind} id={field(`${path}.when`).id}
            data={(['always', 'weekly', 'otherwise'] as const).map((kind) => ({ value: kind, label: t(`admin.when_${kind}`) }))}
            onChange={(kind) => onChange({ when: kind === 'weekly' ? { kind, weekly: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '09:00', until: '18:00' }] } : { kind: kind as 'always' | 'otherwise' } })}
          />
          {field(`${path}.when`).error && <Text size="xs" c="var(--danger)" role="alert">{field(`${path}.when`).error}</Text>}
        </Stack>
      </Fields>
      {when.kind === 'weekly' && (
        <HoursEditor label={t('admin.weekly')} value={when.weekly} faults={faults} path={`${path}.when.weekly`} onChange={(weekly) => onChange({ when: { kind: 'weekly', weekly } })} />
      )}
      <Service service={period.service} path={`${path}.service`} onChange={(service) => onChange({ service })} />
      <div className={css.sub}><PromiseFields promise={period.promise} path={`${path}.promise`} onChange={(promise) => onChange({ promise })} /></div>
      <Peak period={period} path={path} languages={languages} onChange={onChange} />
      <div className={css.sub}>
        <Switch
          label={t('admin.overflow')} description={t('admin.overflow_hint')} checked={Boolean(overflow)} {...(field(`${path}.overflow`))}
          onChange={(event) => onChange({ overflow: event.currentTarget.checked ? { after_s: 60, below_projected_percent: null, pools: [] } : null })}
        />
        {overflow && (
          <Fields>
            <PoolsField label={t('admin.overflow_pools')} value={overflow.pools} path={`${path}.overflow.pools`} onChange={(pools) => onChange({ overflow: { ...overflow, pools } })} />
            <OverflowLimits overflow={overflow} path={path} onChange={onChange} />
          </Fields>
        )}
      </div>
      <div className={css.sub}>
        <Fields>
          <NobodyAndTalk period={period} path={path} onChange={onChange} />
          <Radio.Group label={t('admin.control')} value={period.control} {...field(`${path}.control`)} onChange={(control) => onChange({ control: control as PeriodTerms['control'] })}>
            <Stack gap={4} mt={4}>
              <Radio size="xs" value="provider" label={t('admin.control_provider')} />
              <Radio size="xs" value="client" label={t('admin.control_client')} />
            </Stack>
          </Radio.Group>
        </Fields>
      </div>
    </div>
  );
}

function Service({ service, path, onChange }: { service: ServiceTerms; path: string; onChange: (service: ServiceTerms) => void }) {
  const t = useT();
  const field = useField();
  const teams = useQuery(allTeams);
  return (
    <Fields>
      <Stack gap={4}>
        <Text size="xs" fw={500}>{t('admin.service')}</Text>
        <SegmentedControl
          aria-label={t('admin.service')} value={service.kind} id={field(path).id}
          data={[{ value: 'shared', label: t('admin.service_shared') }, { value: 'dedicated', label: t('admin.service_dedicated') }]}
          onChange={(kind) => onChange(kind === 'dedicated' ? { kind: 'dedicated', team: teams.data?.[0]?.id ?? '' } : { kind: 'shared', pools: [] })}
        />
      </Stack>
      {service.kind === 'shared' ? (
        <PoolsField label={t('admin.pools')} value={service.pools} path={`${path}.pools`} onChange={(pools) => onChange({ kind: 'shared', pools })} />
      ) : (
        <Select
          label={t('admin.team')} data={optionsOf(teams.data)} value={service.team || null} allowDeselect={false} {...field(`${path}.team`)}
          onChange={(team) => { if (team) onChange({ kind: 'dedicated', team }); }}
        />
      )}
    </Fields>
  );
}

function PoolsField({ label, value, path, onChange }: { label: string; value: string[]; path: string; onChange: (value: string[]) => void }) {
  const field = useField();
  const pools = useQuery(allPools);
  return <MultiSelect label={label} data={optionsOf(pools.data)} value={value} {...field(path, true)} onChange={onChange} />;
}
