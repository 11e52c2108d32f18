// Agents who work unlike the rules say: fewer hours, certain days off, days away.
import { ActionIcon, Button, Group, MultiSelect, NumberInput, Select } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import { DAYS } from '../../admin/parts/hours';
import { dayName as weekdayName } from '../../admin/parts/names';
import { Table } from '../../admin/parts/Page';
import type { AgentView, ScheduleAgent, WeekdayName } from '../../api/types';
import { formatDay, useT } from '../../i18n/t';

/** A row for each of them; everybody else goes by the rules. */
export function Unlike({ agents, days, week_max_min, value, set }: {
  agents: readonly AgentView[]; days: readonly string[]; week_max_min: number; value: readonly ScheduleAgent[]; set: (value: readonly ScheduleAgent[]) => void;
}) {
  const t = useT();
  const free = agents.filter(({ id }) => !value.some(({ agent }) => agent === id));
  const change = (at: number, part: Partial<ScheduleAgent>): void => set(value.map((one, i) => (i === at ? { ...one, ...part } : one)));
  const name = (id: string): string => agents.find((agent) => agent.id === id)?.name ?? '';
  return (
    <>
      {value.length > 0 && (
        <Table label={t('shifts.unlike')} columns={[t('shifts.agent'), t('shifts.week_max'), t('shifts.days_off'), t('shifts.away'), '']}>
          {value.map((one, at) => (
            <tr key={one.agent}>
              <td>
                <Select
                  size="xs" w={170} searchable allowDeselect={false} aria-label={t('shifts.agent')} value={one.agent}
                  data={[one.agent, ...free.map(({ id }) => id)].map((id) => ({ value: id, label: name(id) }))} onChange={(agent) => agent && change(at, { agent })}
                />
              </td>
              <td>
                <NumberInput
                  size="xs" w={90} suffix=" h" min={1} max={80} allowDecimal={false} aria-label={t('shifts.week_max')} value={Math.round((one.week_max_min ?? week_max_min) / 60)}
                  onChange={(hours) => typeof hours === 'number' && change(at, { week_max_min: hours * 60 })}
                />
              </td>
              <td>
                <MultiSelect
                  size="xs" miw={180} aria-label={t('shifts.days_off')} value={[...(one.days_off ?? [])]} data={DAYS.map((day) => ({ value: day, label: weekdayName(day) }))}
                  onChange={(off) => change(at, { days_off: DAYS.filter((day: WeekdayName) => off.includes(day)) })}
                />
              </td>
              <td>
                <MultiSelect
                  size="xs" miw={180} aria-label={t('shifts.away')} value={(one.away ?? []).filter((day) => days.includes(day))} data={days.map((day) => ({ value: day, label: formatDay(day) }))}
                  onChange={(away) => change(at, { away })}
                />
              </td>
              <td>
                <ActionIcon variant="subtle" color="gray" aria-label={t('shifts.like_all', { name: name(one.agent) })} onClick={() => set(value.filter((_, i) => i !== at))}><IconTrash size={16} /></ActionIcon>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Group>
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} disabled={free.length === 0} onClick={() => free[0] && set([...value, { agent: free[0].id }])}>{t('shifts.add_unlike')}</Button>
      </Group>
    </>
  );
}
