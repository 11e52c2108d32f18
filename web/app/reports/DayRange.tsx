// Days to look at: none, one, or several in a row.
import '@mantine/dates/styles.css';

import { DatePickerInput } from '@mantine/dates';

import { useLocale, useT } from '../i18n/t';
import { dayjs } from './dayjs';

/** How a day is written; its name for a screen reader holds the same words. */
const DAY = 'D MMM YYYY';

/** The days of a filter, as the address keeps them. */
export type Days = { day?: string | undefined; to?: string | undefined };

/** Chooses days up to `latest`. */
export function DayRange({ day, to, latest, onChange }: Days & { latest: string; onChange: (days: Days) => void }) {
  const t = useT();
  const locale = useLocale();
  const words = day ? [day, to ?? day].map((one) => dayjs(one).locale(locale).format(DAY)).join(' – ') : t('reports.any_day');
  return (
    <DatePickerInput
      type="range" size="xs" w={230} clearable allowSingleDateInRange aria-label={`${t('reports.days_of')}: ${words}`} placeholder={t('reports.any_day')} valueFormat={DAY} locale={locale}
      firstDayOfWeek={locale === 'en' ? 0 : 1} maxDate={latest} value={[day ?? null, to ?? day ?? null]}
      clearButtonProps={{ 'aria-label': t('reports.any_day') }}
      onChange={([first, last]) => onChange({ day: first ?? undefined, to: last && last !== first ? last : undefined })}
    />
  );
}
