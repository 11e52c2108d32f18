// Paths and values of contract terms in the words of the screens.
import { Code, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { useMe } from '../../api/session';
import { useT, type Key } from '../../i18n/t';
import { allCalendars, allPools, allSites, allSkills, allTeams } from '../data';

/** The words of each part of a path; what is not listed is shown as it is. */
const SEGMENTS: Record<string, Key> = {
  zone: 'admin.zone', hours: 'admin.seg_hours', periods: 'admin.seg_periods', queues: 'admin.seg_queues', languages: 'admin.languages', sites_allowed: 'admin.sites_allowed',
  closed: 'admin.outside', dispositions: 'admin.seg_dispositions', retention_days: 'admin.retention', pause_max_s: 'admin.pause_max', tariff: 'admin.tariff', name: 'admin.name', when: 'admin.when',
  weekly: 'admin.seg_when', service: 'admin.service', pools: 'admin.pools', team: 'admin.team', promise: 'admin.promise', threshold_s: 'admin.threshold',
  target_percent: 'admin.target', formula: 'admin.formula', clock: 'admin.clock', short_abandon_s: 'admin.short_abandon', peak_greeting: 'admin.peak_greeting',
  length_s: 'admin.peak_length', overflow: 'admin.overflow', after_s: 'admin.overflow_after', below_projected_percent: 'admin.overflow_below', nobody_on_shift: 'admin.nobody',
  call_limit_s: 'admin.call_limit', control: 'admin.control', channels: 'admin.channels', greeting: 'admin.greeting', protocol: 'admin.protocol', skills: 'admin.skills_asked',
  skill: 'admin.skill', level: 'admin.level_least', relax_after_s: 'admin.relax_after', relaxed_level: 'admin.relaxed_level', language_required: 'admin.language_required',
  head_start_min: 'admin.head_start', selection: 'admin.selection', sticky: 'admin.sticky', within_hours: 'admin.sticky_within', wait_s: 'admin.sticky_wait',
  offer_timeout_s: 'admin.offer_timeout', wrap_up: 'admin.wrap_up', seconds: 'admin.wrap_up_seconds', extend_s: 'admin.wrap_up_extend', extensions_max: 'admin.wrap_up_extensions',
  announce_position: 'admin.announce', waiting_max: 'admin.waiting_max', text: 'admin.seg_text', label: 'admin.seg_label', currency: 'admin.currency', terms: 'admin.terms',
  language: 'admin.language', kind: 'admin.closed_kind', days: 'admin.days', from: 'admin.from', until: 'admin.until',
};

/** A path in words: `periods[1].promise.threshold_s` becomes “Period 2 › Promise › Within”. */
export function useFieldWords(): (field: string) => string {
  const t = useT();
  return (field) =>
    field
      // A dot within a name is none between parts.
      .split(/\.(?![^[]*\])/)
      .map((part) => {
        const [name = '', ...numbers] = part.split(/[[\]]+/).filter(Boolean);
        const key = SEGMENTS[name];
        const at = numbers.map((number) => (/^\d+$/.test(number) ? String(Number(number) + 1) : number)).join('.');
        return `${key ? t(key) : name}${at ? ` ${at}` : ''}`;
      })
      .join(' › ');
}

/** A value as people read it; ids by the name of what they stand for. */
export function ValueView({ value }: { value: unknown }) {
  const t = useT();
  // A client's people are shown no pools or teams of the provider, and may not ask for them.
  const enabled = !useMe().client;
  const lists = [
    useQuery({ ...allPools, enabled }).data, useQuery({ ...allTeams, enabled }).data, useQuery({ ...allSkills, enabled }).data,
    useQuery({ ...allSites, enabled }).data, useQuery({ ...allCalendars, enabled }).data,
  ];
  if (value === null || value === undefined) return <Text size="sm" c="var(--text-2)">{t('admin.absent')}</Text>;
  if (typeof value === 'boolean') return <>{t(value ? 'admin.yes' : 'admin.no')}</>;
  if (typeof value === 'string' || typeof value === 'number') {
    const named = lists.flatMap((all) => (all as { id: string; name: string }[] | undefined) ?? []).find(({ id }) => id === value);
    return <span style={{ whiteSpace: 'pre-wrap' }}>{named?.name ?? String(value)}</span>;
  }
  return <Code block style={{ background: 'transparent', padding: 0, color: 'inherit' }}>{JSON.stringify(value, null, 2)}</Code>;
}
