// The kinds of shift that the planner may give out.
import { ActionIcon, Button, Group, NumberInput, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import { Table } from '../../admin/parts/Page';
import type { ScheduleRules, ShiftKind } from '../../api/types';
import { useT } from '../../i18n/t';

/** Each kind with its starts and lengths; a new one is like the last. */
export function Kinds({ rules, set, error }: { rules: ScheduleRules; set: (rules: ScheduleRules) => void; error: string | undefined }) {
  const t = useT();
  const change = (at: number, part: Partial<ShiftKind>): void => set({ ...rules, shifts: rules.shifts.map((kind, i) => (i === at ? { ...kind, ...part } : kind)) });
  const hours = (at: number, kind: ShiftKind, name: 'shortest_min' | 'longest_min' | 'usual', label: string) => (
    <NumberInput
      size="xs" w={92} aria-label={label} suffix=" h" min={1} max={16} step={0.25} decimalScale={2} value={(name === 'usual' ? kind.lengths_min[0] ?? 0 : kind[name]) / 60}
      onChange={(value) => {
        if (typeof value !== 'number') return;
        const minutes = Math.round((value * 60) / rules.step_min) * rules.step_min;
        change(at, name === 'usual' ? { lengths_min: [minutes] } : { [name]: minutes });
      }}
    />
  );
  const last = rules.shifts.at(-1);
  return (
    <>
      <Table label={t('shifts.kinds')} columns={[t('shifts.kind'), t('shifts.first_start'), t('shifts.last_start'), t('shifts.length'), t('shifts.shortest'), t('shifts.longest'), t('shifts.breaks'), '']}>
        {rules.shifts.map((kind, at) => (
          // They have no id; they are only ever changed in place or removed.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={at}>
            <td><TextInput size="xs" w={130} aria-label={t('shifts.kind')} value={kind.name} onChange={(event) => change(at, { name: event.currentTarget.value })} /></td>
            <td><TextInput size="xs" w={122} type="time" aria-label={t('shifts.first_start')} value={kind.first_start} onChange={(event) => event.currentTarget.value && change(at, { first_start: event.currentTarget.value })} /></td>
            <td><TextInput size="xs" w={122} type="time" aria-label={t('shifts.last_start')} value={kind.last_start} onChange={(event) => event.currentTarget.value && change(at, { last_start: event.currentTarget.value })} /></td>
            <td>{hours(at, kind, 'usual', t('shifts.length'))}</td>
            <td>{hours(at, kind, 'shortest_min', t('shifts.shortest'))}</td>
            <td>{hours(at, kind, 'longest_min', t('shifts.longest'))}</td>
            <td>{kind.breaks.map(({ name, length_min }) => `${name} ${length_min} min`).join(', ') || t('shifts.no_breaks')}</td>
            <td>
              {rules.shifts.length > 1 && (
                <ActionIcon variant="subtle" color="gray" aria-label={t('shifts.without_kind', { kind: kind.name })} onClick={() => set({ ...rules, shifts: rules.shifts.filter((_, i) => i !== at) })}>
                  <IconTrash size={16} />
                </ActionIcon>
              )}
            </td>
          </tr>
        ))}
      </Table>
      {error && <Text size="sm" c="var(--danger)" role="alert">{error}</Text>}
      <Group>
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} disabled={!last || rules.shifts.length >= 20} onClick={() => last && set({ ...rules, shifts: [...rules.shifts, { ...last, name: `${last.name} 2` }] })}>
          {t('shifts.add_kind')}
        </Button>
      </Group>
    </>
  );
}
