import { MultiSelect, NumberInput, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { useT } from '../../i18n/t';
import { allCalendars, allSites, optionsOf } from '../data';
import { languageOptions, zoneOptions } from '../parts/names';
import { Fields, Section } from '../parts/Page';
import { useField } from './faults';
import type { Edit } from './terms';

/** Zone, calendar, languages, sites, retention. */
export function Basics({ terms, set }: Edit) {
  const t = useT();
  const field = useField();
  const calendars = useQuery(allCalendars);
  const sites = useQuery(allSites);
  return (
    <Section title={t('admin.basics')} id="section-basics">
      <Fields>
        <Select label={t('admin.zone')} data={zoneOptions(terms.zone)} value={terms.zone} searchable allowDeselect={false} limit={100} {...field('zone')} onChange={(zone) => { if (zone) set({ zone }); }} />
        <Select
          label={t('admin.calendar')} description={t('admin.calendar_hint')} data={optionsOf(calendars.data)} value={terms.hours || null} allowDeselect={false} {...field('hours')}
          onChange={(hours) => { if (hours) set({ hours }); }}
        />
        <MultiSelect
          label={t('admin.languages')} description={t('admin.languages_hint')} data={languageOptions(terms.languages)} searchable value={terms.languages} {...field('languages', true)}
          onChange={(languages) => set({ languages })}
        />
        <MultiSelect
          label={t('admin.sites_allowed')} placeholder={terms.sites_allowed?.length ? '' : t('admin.sites_any')} data={optionsOf(sites.data)} value={terms.sites_allowed ?? []}
          {...field('sites_allowed', true)} onChange={(chosen) => set({ sites_allowed: chosen.length > 0 ? chosen : null })}
        />
        <NumberInput
          label={t('admin.retention')} description={t('admin.retention_hint')} suffix={` ${t('admin.days')}`} min={0} value={terms.retention_days} {...field('retention_days')}
          onChange={(days) => set({ retention_days: Number(days) })}
        />
        <NumberInput
          label={t('admin.pause_max')} description={t('admin.pause_max_hint')} suffix={` ${t('admin.seconds')}`} min={0} value={terms.pause_max_s} {...field('pause_max_s')}
          onChange={(seconds) => set({ pause_max_s: Number(seconds) })}
        />
      </Fields>
    </Section>
  );
}
