import { ActionIcon, Button, Chip, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import type { FaultView, WeekdayName, WeeklyRangeView } from '../../api/types';
import { useT } from '../../i18n/t';
import { faultAt } from './faults';
import { DAYS, tidyTime } from './hours';
import { dayName } from './names';

/** From Monday to Friday. */
const WORKDAYS: WeekdayName[] = DAYS.slice(0, 5);

/** Edits hours of the week: each line some days, from and until. */
export function HoursEditor({ label, value, onChange, faults = [], path = 'weekly' }: {
  label: string;
  value: WeeklyRangeView[];
  onChange: (value: WeeklyRangeView[]) => void;
  faults?: readonly FaultView[];
  /** Path of the list, to find its faults. */
  path?: string;
}) {
  const t = useT();
  const change = (at: number, part: Partial<WeeklyRangeView>) =>
    onChange(value.map((range, i) => (i === at ? { ...range, ...part } : range)));
  const whole = faultAt(faults, path);
  return (
    <Stack gap={6} role="group" aria-label={label}>
      <Text size="sm" fw={500}>{label}</Text>
      {value.map((range, at) => (
        // The lines have no name of their own; they are only ever changed in place or removed.
        // oxlint-disable-next-line react/no-array-index-key
        <Group key={at} gap={8} align="flex-start" wrap="wrap">
          <Chip.Group multiple value={range.days} onChange={(days) => change(at, { days: DAYS.filter((day) => days.includes(day)) })}>
            <Group gap={3} role="group" aria-label={t('admin.days_of_line', { at: String(at + 1) })}>
              {DAYS.map((day) => (
                <Chip key={day} value={day} size="xs" radius="sm" variant="outline" aria-label={dayName(day)} icon={null} styles={{ iconWrapper: { display: 'none' }, label: { paddingInline: 8, minWidth: 34, justifyContent: 'center' } }}>
                  {dayName(day, 'short')}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <Time label={t('admin.from')} value={range.from} fault={faultAt(faults, `${path}[${at}].from`)} onChange={(from) => change(at, { from })} />
          <Time label={t('admin.until')} value={range.until} fault={faultAt(faults, `${path}[${at}].until`)} onChange={(until) => change(at, { until })} />
          <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('admin.remove_line', { at: String(at + 1) })} onClick={() => onChange(value.filter((_, i) => i !== at))}>
            <IconTrash size={16} />
          </ActionIcon>
          {[faultAt(faults, `${path}[${at}]`), faultAt(faults, `${path}[${at}].days`)].filter(Boolean).map((words) => (
            <Text key={words} size="xs" c="var(--danger)" w="100%" role="alert">{words}</Text>
          ))}
        </Group>
      ))}
      {whole && <Text size="xs" c="var(--danger)" role="alert">{whole}</Text>}
      <Group gap={6}>
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => onChange([...value, { days: [...WORKDAYS], from: '09:00', until: '18:00' }])}>
          {t('admin.add_hours')}
        </Button>
        <Button variant="subtle" onClick={() => onChange([{ days: [...DAYS], from: '00:00', until: '24:00' }])}>{t('admin.day_and_night')}</Button>
      </Group>
    </Stack>
  );
}

function Time({ label, value, fault, onChange }: { label: string; value: string; fault: string | undefined; onChange: (value: string) => void }) {
  return (
    <TextInput
      aria-label={label} placeholder="09:00" w={fault ? 200 : 76} value={value} error={fault} maxLength={8} inputMode="numeric"
      classNames={{ input: 'num' }}
      onChange={(event) => onChange(event.currentTarget.value)} onBlur={() => onChange(tidyTime(value))}
    />
  );
}
