import '@mantine/dates/styles.css';

import { ActionIcon, Group } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';

import { useLocale, useT } from '../i18n/t';
import { dayAfter } from '../ui/day';
import { dayjs } from './dayjs';

/** How a day is written; its name for a screen reader holds the same words. */
const FORMAT = 'dddd D MMMM YYYY';

/** A day, with steps to the one before and after. */
export function DayPicker({ day, latest, onChange }: { day: string; latest: string; onChange: (day: string) => void }) {
  const t = useT();
  const locale = useLocale();
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon variant="default" size={30} aria-label={t('reports.day_before')} onClick={() => onChange(dayAfter(day, -1))}><IconChevronLeft size={16} /></ActionIcon>
      <DatePickerInput
        size="xs" w={190} aria-label={`${t('reports.day')}: ${dayjs(day).locale(locale).format(FORMAT)}`} value={day} maxDate={latest} locale={locale} firstDayOfWeek={locale === 'en' ? 0 : 1}
        valueFormat={FORMAT} onChange={(value) => value && onChange(value)}
        previousLabel={t('reports.month_before')} nextLabel={t('reports.month_after')}
      />
      <ActionIcon variant="default" size={30} aria-label={t('reports.day_after')} disabled={day >= latest} onClick={() => onChange(dayAfter(day))}><IconChevronRight size={16} /></ActionIcon>
    </Group>
  );
}
