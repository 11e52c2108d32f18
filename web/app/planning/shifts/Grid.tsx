// People and days: each shift a bar that is dragged, or moved by keys; above them what is covered.
import { IconPlus } from '@tabler/icons-react';
import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import type { ScheduleChecked, ScheduleDuty, ScheduleRules, ScheduleView } from '../../api/types';
import { formatDay, useT } from '../../i18n/t';
import { rounded } from '../words';
import { Cover } from './Cover';
import { added, endOf, hoursOf, keyOf, lengthened, minutesOf, moved } from './edit';
import css from './Grid.module.css';

type Drag = { duty: ScheduleDuty; now: ScheduleDuty; end: boolean; x: number; y: number };

/** The grid; without `set` it is only looked at. */
export function Grid({ it, duties, checked, days, chosen, choose, set }: {
  it: ScheduleView; duties: readonly ScheduleDuty[]; checked: ScheduleChecked; days: readonly string[];
  chosen: string | undefined; choose: (key: string | undefined) => void; set?: (duties: readonly ScheduleDuty[]) => void;
}) {
  const t = useT();
  const root = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<Drag>();
  const hours = hoursOf(it.rules, duties);
  const span = hours.until - hours.from;
  const faulty = new Set(checked.faults.map(({ agent }) => agent));
  const paid = new Map(checked.paid.map(({ agent, minutes }) => [agent, minutes]));
  const shown = drag ? duties.map((duty) => (duty === drag.duty ? drag.now : duty)) : duties;
  const left = (minute: number): string => `${((minute - hours.from) / span) * 100}%`;

  /** The cell under a point, with the minute there. */
  const cellAt = (x: number, y: number): { agent: string; day: string; minute: number } | undefined => {
    const cell = document.elementsFromPoint(x, y).find((one): one is HTMLElement => one instanceof HTMLElement && one.dataset['cell'] !== undefined && root.current?.contains(one) === true);
    if (!cell) return undefined;
    const box = cell.getBoundingClientRect();
    return { agent: cell.dataset['agent'] ?? '', day: cell.dataset['day'] ?? '', minute: hours.from + ((x - box.left) / box.width) * span };
  };
  const minutesPer = (bar: HTMLElement): number => span / (bar.closest<HTMLElement>('[data-cell]')?.getBoundingClientRect().width ?? span);

  const pull = (event: PointerEvent<HTMLElement>): void => {
    if (!drag) return;
    const by = (event.clientX - drag.x) * minutesPer(event.currentTarget);
    if (drag.end) return setDrag({ ...drag, now: lengthened(drag.duty, by, it.rules) });
    const from = cellAt(drag.x, drag.y);
    const over = cellAt(event.clientX, event.clientY);
    if (!from || !over) return setDrag({ ...drag, now: moved(drag.duty, by, it.rules.step_min) });
    // The bar keeps its place under the pointer, whatever cell that is over.
    const to = over.day === from.day ? by : over.minute - from.minute;
    return setDrag({ ...drag, now: { ...moved(drag.duty, to, it.rules.step_min), agent: over.agent, day: over.day } });
  };
  const drop = (): void => {
    if (!drag) return;
    setDrag(undefined);
    if (keyOf(drag.now) === keyOf(drag.duty) && drag.now.length_min === drag.duty.length_min) return;
    set?.(duties.map((duty) => (duty === drag.duty ? drag.now : duty)));
    choose(keyOf(drag.now));
  };
  const replace = (duty: ScheduleDuty, next: ScheduleDuty): void => {
    set?.(duties.map((other) => (other === duty ? next : other)));
    choose(keyOf(next));
    refocus(root.current, keyOf(next));
  };
  const press = (event: KeyboardEvent, duty: ScheduleDuty): void => {
    if (!set) return;
    const next = byKey(event, duty, it);
    if (next === undefined) return;
    event.preventDefault();
    if (next) return replace(duty, next);
    set(duties.filter((other) => other !== duty));
    choose(undefined);
    return undefined;
  };

  return (
    // A wide grid scrolls by itself, so it must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={root} className={css.frame} role="group" aria-label={t('shifts.grid')} tabIndex={0} data-days={days.length === 1 ? 'one' : undefined}>
      <table className={css.grid}>
        <thead>
          <tr>
            <th scope="col" className={css.name}>{t('shifts.agent')}</th>
            {days.map((day) => (
              <th key={day} scope="col" className={css.day}>
                {formatDay(day)}
                <Cover moments={checked.cover.filter(({ from }) => from.startsWith(day))} from={hours.from} until={hours.until} step={checked.step_min} day={day} most={Math.max(1, ...checked.cover.map(({ required, on_duty }) => Math.max(required, on_duty)))} />
                <Hours from={hours.from} until={hours.until} every={days.length === 1 ? 1 : 6} />
              </th>
            ))}
            <th scope="col" className={css.sum}>{t('shifts.paid')}</th>
          </tr>
        </thead>
        <tbody>
          {it.agents.map(({ agent, name }) => (
            <tr key={agent} data-fault={faulty.has(agent) || undefined}>
              <th scope="row" className={css.name}>{name}</th>
              {days.map((day) => {
                const of = shown.filter((duty) => duty.agent === agent && duty.day === day);
                return (
                  <td key={day} className={css.cell} data-cell data-agent={agent} data-day={day}>
                    {of.length === 0 && set && (
                      <button
                        type="button" className={css.add} aria-label={t('shifts.add', { name, day: formatDay(day) })}
                        onClick={(event) => {
                          // A press of a key has no place; then the day's usual beginning is taken.
                          const at = event.detail > 0 ? cellAt(event.clientX, event.clientY)?.minute : undefined;
                          const duty = added(agent, day, at ?? usualStart(duties, it.rules), it.rules);
                          set([...duties, duty]);
                          choose(keyOf(duty));
                          refocus(root.current, keyOf(duty));
                        }}
                      >
                        <IconPlus size={12} aria-hidden />
                      </button>
                    )}
                    {of.map((duty) => {
                      const own = drag && duty === drag.now ? drag.duty : duty;
                      return (
                        <button
                          key={keyOf(own)} type="button" className={css.bar} data-key={keyOf(duty)} data-chosen={chosen === keyOf(duty) || undefined} data-kind={duty.shift % 4} disabled={!set}
                          style={{ left: left(minutesOf(duty.start)), width: `${(duty.length_min / span) * 100}%` }}
                          title={`${duty.start}–${endOf(duty)}`} aria-label={t('shifts.bar', { name, day: formatDay(day), from: duty.start, until: endOf(duty), kind: it.rules.shifts[duty.shift]?.name ?? '' })}
                          onKeyDown={(event) => press(event, duty)} onClick={() => choose(keyOf(duty))} onFocus={() => choose(keyOf(duty))}
                          onPointerDown={(event) => {
                            if (!set || event.button !== 0) return;
                            event.currentTarget.setPointerCapture(event.pointerId);
                            const box = event.currentTarget.getBoundingClientRect();
                            setDrag({ duty, now: duty, end: box.right - event.clientX < Math.min(8, box.width / 4), x: event.clientX, y: event.clientY });
                          }}
                          onPointerMove={pull} onPointerUp={drop} onPointerCancel={() => setDrag(undefined)}
                        >
                          {(duty.breaks ?? []).map(({ after_min, length_min }) => <span key={after_min} className={css.break} style={{ left: `${(after_min / duty.length_min) * 100}%`, width: `${(length_min / duty.length_min) * 100}%` }} />)}
                          <span className={css.words}>{days.length === 1 ? `${duty.start}–${endOf(duty)}` : duty.start}</span>
                        </button>
                      );
                    })}
                  </td>
                );
              })}
              <td className={`num ${css.sum}`}>{rounded((paid.get(agent) ?? 0) / 60)} h</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Finds the bar again after it was drawn anew. */
function refocus(root: HTMLElement | null, key: string): void {
  requestAnimationFrame(() => root?.querySelector<HTMLElement>(`[data-key="${key}"]`)?.focus());
}

/** When most shifts begin. */
function usualStart(duties: readonly ScheduleDuty[], rules: ScheduleRules): number {
  const counts = new Map<string, number>();
  for (const { start } of duties) counts.set(start, (counts.get(start) ?? 0) + 1);
  const [usual] = [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return minutesOf(usual?.[0] ?? (rules.shifts[0] && rules.shifts[0].first_start < '09:00' ? '09:00' : rules.shifts[0]?.first_start ?? '09:00'));
}

/** What a key makes of a shift; nothing for another key, `null` when it removes it. */
function byKey(event: KeyboardEvent, duty: ScheduleDuty, it: ScheduleView): ScheduleDuty | null | undefined {
  const step = it.rules.step_min;
  if (event.ctrlKey || event.metaKey) return undefined;
  if (event.key === 'Delete' || event.key === 'Backspace') return null;
  const sideways = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  const down = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
  if (sideways !== 0 && event.shiftKey) return lengthened(duty, sideways * step, it.rules);
  if (sideways !== 0 && event.altKey) {
    const day = new Date(Date.parse(`${duty.day}T00:00:00Z`) + sideways * 86_400_000).toISOString().slice(0, 10);
    return it.first_day <= day && day <= it.last_day ? { ...duty, day } : undefined;
  }
  if (sideways !== 0) return moved(duty, sideways * step, step);
  if (down !== 0 && event.altKey) {
    const at = it.agents.findIndex(({ agent }) => agent === duty.agent);
    const next = it.agents[at + down];
    return next ? { ...duty, agent: next.agent } : undefined;
  }
  return undefined;
}

function Hours({ from, until, every }: { from: number; until: number; every: number }) {
  const hours: number[] = [];
  for (let hour = Math.ceil(from / 60 / every) * every; hour * 60 < until; hour += every) hours.push(hour);
  return <span className={css.hours} aria-hidden>{hours.map((hour) => <span key={hour} style={{ left: `${((hour * 60 - from) / (until - from)) * 100}%` }}>{hour % 24}</span>)}</span>;
}
