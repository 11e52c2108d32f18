import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';

import { Section } from '../../admin/parts/Page';
import { dayName } from '../../admin/parts/names';
import type { ComparedContract, ComparisonView, ServiceModel, WeekdayName } from '../../api/types';
import { useT } from '../../i18n/t';
import { StepPlot, type Steps } from '../parts/StepPlot';
import css from './Comparison.module.css';

const look: Record<ServiceModel, { colour: string; dash?: string }> = {
  shared: { colour: 'var(--accent)' },
  dedicated: { colour: 'var(--good-fill)', dash: '7 4' },
  hybrid: { colour: 'var(--holding)', dash: '2 3' },
};

/** The same day under each contract: agents that are there because of the client, and its service level. */
export function Day({ it }: { it: ComparisonView }) {
  const t = useT();
  const kinds = [...new Set(it.intervals.map(({ days }) => days.join(' ')))];
  const [kind, setKind] = useState(kinds[0] ?? '');
  const chosen = it.intervals.map((interval, at) => ({ ...interval, at })).filter(({ days }) => days.join(' ') === kind);
  const bounds = chosen.map(({ from_min, until_min }) => ({ from: from_min, until: until_min }));
  const lines = (values: (of: ComparedContract) => { values: (number | null)[]; half?: (number | null)[] }): Steps[] =>
    it.contracts.map((contract) => ({ name: t(`planning.model_${contract.model}`), ...look[contract.model], ...values(contract) }));
  const agents = lines((of) => ({ values: chosen.map(({ at }) => of.groups.reduce((sum, group) => sum + (group.agents_for_client[at] ?? 0), 0)) }));
  const levels = lines((of) => ({
    values: chosen.map(({ at }) => percent(of.level_by_interval[at]?.mean)), half: chosen.map(({ at }) => percent(of.level_by_interval[at]?.half_width_95)),
  }));
  const contacts = it.contracts[0]?.contacts_by_interval ?? [];
  const hourly = chosen.map(({ at, days, from_min, until_min }) => (contacts[at] ?? 0) / days.length / ((until_min - from_min) / 60));
  return (
    <Section title={t('planning.day')} hint={t('planning.day_hint')}>
      <SegmentedControl
        aria-label={t('planning.which_days')} value={kind} onChange={setKind} style={{ alignSelf: 'flex-start' }}
        data={kinds.map((value) => ({ value, label: daysWords(value.split(' ') as WeekdayName[]) }))} // made of them just above
      />
      <div className={css.plots}>
        <div>
          <h3>{t('planning.agents_by_hour', { client: it.client })}</h3>
          <StepPlot label={t('planning.agents_by_hour', { client: it.client })} bounds={bounds} lines={agents} />
        </div>
        <div>
          <h3>{t('planning.level_by_hour')}</h3>
          <StepPlot label={t('planning.level_by_hour')} bounds={bounds} lines={levels} most={100} unit=" %" mark={it.contracts[0]?.target_percent} />
        </div>
        <div>
          <h3>{t('planning.contacts_by_hour', { client: it.client })}</h3>
          <StepPlot label={t('planning.contacts_by_hour', { client: it.client })} bounds={bounds} lines={[{ name: t('planning.contacts_an_hour'), colour: 'var(--text-3)', values: hourly }]} height={120} />
        </div>
      </div>
    </Section>
  );
}

const percent = (share: number | null | undefined): number | null => (typeof share === 'number' ? share * 100 : null);

/** Days in a row as from the first to the last of them. */
function daysWords(days: WeekdayName[]): string {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return '';
  return first === last ? dayName(first) : `${dayName(first, 'short')}–${dayName(last, 'short')}`;
}
