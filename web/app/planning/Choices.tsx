import { Select } from '@mantine/core';

import type { ChannelKind } from '../api/types';
import { useT } from '../i18n/t';
import { useClients } from '../reports/useClients';
import css from './Staffing.module.css';
import type { ForecastSearch } from './useForecast';

const CHANNELS = ['voice', 'chat', 'mail', 'message'] as const satisfies readonly ChannelKind[];

/** Whose contacts, of which channel, how far back and ahead. */
export function Choices({ search, change, disabled = false }: { search: ForecastSearch; change: (next: Partial<ForecastSearch>) => void; disabled?: boolean }) {
  const t = useT();
  const clients = useClients();
  const number = (name: 'weeks' | 'days' | 'interval', usual: number, values: readonly number[], label: (count: number) => string) => (
    <Select
      size="xs" w={128} label={t(`staffing.${name}`)} allowDeselect={false} disabled={disabled} value={String(search[name] ?? usual)}
      data={values.map((value) => ({ value: String(value), label: label(value) }))} onChange={(value) => change({ [name]: Number(value) === usual ? undefined : Number(value) })}
    />
  );
  return (
    <div className={css.choices}>
      <Select
        size="xs" w={210} searchable clearable label={t('staffing.client')} placeholder={t('staffing.all_clients')} value={search.client ?? null} disabled={disabled}
        data={clients.map(({ id, name }) => ({ value: id, label: name }))} onChange={(value) => change({ client: value ?? undefined, day: undefined })} nothingFoundMessage={t('shell.nothing_found')}
      />
      <Select
        size="xs" w={140} clearable label={t('staffing.channel')} placeholder={t('staffing.all_channels')} value={search.channel ?? null} disabled={disabled}
        data={CHANNELS.map((value) => ({ value, label: t(`staffing.channel_${value}`) }))} onChange={(value) => change({ channel: CHANNELS.find((channel) => channel === value), day: undefined })}
      />
      {number('weeks', 13, [2, 4, 8, 13, 26, 52], (count) => t('staffing.weeks_of', { count }))}
      {number('days', 14, [7, 14, 28, 56], (count) => t('staffing.days_of', { count }))}
      {number('interval', 30, [15, 30, 60], (count) => t('staffing.minutes_of', { count }))}
    </div>
  );
}
