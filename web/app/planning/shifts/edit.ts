// Duties changed by hand: pure, so that mouse, keyboard and forms do the same. Whether a rule is broken is
// the server's to say; here a change only stays on the step and within the days.
import type { DutyBreak, ScheduleDuty, ScheduleRules, ScheduleView, ShiftKind } from '../../api/types';
import { dayAfter } from '../../ui/day';

/** Minutes of a day. */
const DAY = 1440;

/** `08:30` as minutes of the day. */
export const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** Minutes as `08:30`; past midnight the clock of the next day. */
export function clockOf(minutes: number): string {
  const of = ((minutes % DAY) + DAY) % DAY;
  return `${String(Math.floor(of / 60)).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`;
}

/** When a duty is over, on the wall; a night in which clocks change is told by the server. */
export const endOf = (duty: ScheduleDuty): string => clockOf(minutesOf(duty.start) + duty.length_min);

/** A duty by who and when: at most one begins at a time. */
export const keyOf = ({ agent, day, start }: ScheduleDuty): string => `${agent} ${day} ${start}`;

/** The days of a schedule. */
export function daysOf({ first_day, last_day }: Pick<ScheduleView, 'first_day' | 'last_day'>): string[] {
  const days: string[] = [];
  for (let day = first_day; day <= last_day; day = dayAfter(day)) days.push(day);
  return days;
}

const onStep = (minutes: number, step: number): number => Math.round(minutes / step) * step;

/** The breaks of a kind in a duty of a length: where they are already when they still fit, else as early as they may. */
export function breaksOf(kind: ShiftKind | undefined, length: number, step: number, before: readonly DutyBreak[] = []): DutyBreak[] {
  let free = 0;
  return (kind?.breaks ?? []).map(({ length_min, from_min, until_min }, at) => {
    const was = before[at];
    const fits = was && was.length_min === length_min && was.after_min >= Math.max(from_min, free) && was.after_min + length_min <= Math.min(until_min, length);
    // In the middle of its window, as far as the duty is long enough.
    const middle = from_min + Math.floor((until_min - length_min - from_min) / 2 / step) * step;
    const after = fits ? was.after_min : Math.max(from_min, free, Math.min(middle, length - length_min));
    free = after + length_min;
    return { after_min: after, length_min };
  });
}

/** Begins earlier or later, by minutes; from one day to the next it does not go. */
export function moved(duty: ScheduleDuty, by: number, step: number): ScheduleDuty {
  const start = Math.max(0, Math.min(DAY - step, onStep(minutesOf(duty.start) + by, step)));
  return { ...duty, start: clockOf(start) };
}

/** Ends earlier or later, by minutes. */
export function lengthened(duty: ScheduleDuty, by: number, rules: ScheduleRules): ScheduleDuty {
  const length = Math.max(rules.step_min, Math.min(16 * 60, onStep(duty.length_min + by, rules.step_min)));
  return { ...duty, length_min: length, breaks: breaksOf(rules.shifts[duty.shift], length, rules.step_min, duty.breaks ?? []) };
}

/** Is of another kind, with the length and breaks of that. */
export function ofKind(duty: ScheduleDuty, shift: number, rules: ScheduleRules): ScheduleDuty {
  const kind = rules.shifts[shift];
  const length = kind?.lengths_min[0] ?? duty.length_min;
  return { ...duty, shift, length_min: length, breaks: breaksOf(kind, length, rules.step_min) };
}

/** A new duty of the first kind that may begin then. */
export function added(agent: string, day: string, from: number, rules: ScheduleRules): ScheduleDuty {
  const begins = (kind: ShiftKind): boolean => minutesOf(kind.first_start) <= from && from <= minutesOf(kind.last_start);
  const shift = Math.max(0, rules.shifts.findIndex(begins));
  const kind = rules.shifts[shift];
  const start = kind && !begins(kind) ? minutesOf(kind.first_start) : onStep(from, rules.step_min);
  const length = kind?.lengths_min[0] ?? 480;
  return { agent, day, start: clockOf(start), length_min: length, shift, breaks: breaksOf(kind, length, rules.step_min) };
}

/** The first and last hour that a grid must show: all starts there may be, and all duties there are. */
export function hoursOf(rules: ScheduleRules, duties: readonly ScheduleDuty[]): { from: number; until: number } {
  const starts = [...rules.shifts.map(({ first_start }) => minutesOf(first_start)), ...duties.map(({ start }) => minutesOf(start))];
  const ends = [
    ...rules.shifts.map(({ last_start, lengths_min }) => minutesOf(last_start) + Math.min(...lengths_min)),
    ...duties.map(({ start, length_min }) => minutesOf(start) + length_min),
  ];
  const from = Math.floor(Math.min(...starts) / 60) * 60;
  return { from, until: Math.max(from + 60, Math.ceil(Math.max(...ends) / 60) * 60) };
}

/** What was, is, and was taken back. */
export type History = { past: readonly (readonly ScheduleDuty[])[]; now: readonly ScheduleDuty[]; future: readonly (readonly ScheduleDuty[])[] };
/** Steps that can be taken back. */
const STEPS_MAX = 200;

export const begun = (duties: readonly ScheduleDuty[]): History => ({ past: [], now: duties, future: [] });

/** Something was changed. */
export const done = ({ past, now }: History, next: readonly ScheduleDuty[]): History => ({ past: [...past, now].slice(-STEPS_MAX), now: next, future: [] });

/** Takes the last change back. */
export function undone(history: History): History {
  const before = history.past.at(-1);
  return before ? { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future] } : history;
}

/** Does it again. */
export function redone(history: History): History {
  const [next, ...future] = history.future;
  return next ? { past: [...history.past, history.now], now: next, future } : history;
}
