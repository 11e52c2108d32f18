// What a schedule is asked: whom it is for, and what it covers, from a staffing or as so many agents in some hours.
import type { ScheduleAgent, ScheduleRequired, StaffingInterval, WeekdayName } from '../../api/types';
import { dayAfter } from '../../ui/day';
import { clockOf, minutesOf } from './edit';

/** Agents wanted in the same hours of some days. */
export type Seats = { days: readonly WeekdayName[]; from: string; until: string; agents: number };

export type Asked = { interval_min: number; required: ScheduleRequired[] };

const WEEKDAYS: readonly WeekdayName[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** All agents, those unlike the rules with what is theirs; they are away on days of the week alone. */
export function asUnlike(people: readonly string[], unlike: readonly ScheduleAgent[], days: readonly string[]): ScheduleAgent[] {
  return people.map((agent) => {
    const own = unlike.find((one) => one.agent === agent);
    return own ? { ...own, away: (own.away ?? []).filter((day) => days.includes(day)) } : { agent };
  });
}

/** The week from a day on, of what a staffing says. */
export function askedOf(intervals: readonly StaffingInterval[], interval_min: number, first: string, withShrinkage: boolean): Asked {
  const after = dayAfter(first, 7);
  const of = intervals.filter(({ from }) => first <= from.slice(0, 10) && from.slice(0, 10) < after);
  return { interval_min, required: of.map(({ from, required_agents, scheduled_agents }) => ({ from, agents: withShrinkage ? scheduled_agents : required_agents })) };
}

/** The week from a day on, with the same agents in the same hours. */
export function hoursBetween({ days, from, until, agents }: Seats, first: string, step: number): Asked {
  const required: ScheduleRequired[] = [];
  for (let n = 0; n < 7; n += 1) {
    const day = dayAfter(first, n);
    const weekday = WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()];
    if (!weekday || !days.includes(weekday)) continue;
    const end = until === '00:00' ? 1440 : minutesOf(until);
    for (let at = Math.ceil(minutesOf(from) / step) * step; at < end; at += step) required.push({ from: `${day}T${clockOf(at)}`, agents });
  }
  return { interval_min: step, required };
}
