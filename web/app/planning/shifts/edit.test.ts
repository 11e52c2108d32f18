import { describe, expect, it } from 'vitest';

import type { ScheduleDuty, ScheduleRules } from '../../api/types';
import { asUnlike } from './required';
import { added, begun, breaksOf, clockOf, daysOf, done, endOf, hoursOf, lengthened, minutesOf, moved, ofKind, redone, undone } from './edit';

const rules: ScheduleRules = {
  step_min: 15, night_rest_min: 660, week_min_min: 0, week_max_min: 2400, days_max: 5, row_max: 6,
  shifts: [
    {
      name: 'Whole day', first_start: '07:00', last_start: '15:00', start_every_min: 30, lengths_min: [510], shortest_min: 420, longest_min: 570, weekdays: [],
      breaks: [{ name: 'Lunch', length_min: 30, from_min: 180, until_min: 330, paid: false }],
    },
    { name: 'Evening', first_start: '17:00', last_start: '19:30', start_every_min: 30, lengths_min: [240], shortest_min: 240, longest_min: 300, weekdays: [], breaks: [] },
  ],
};
const duty: ScheduleDuty = { agent: 'a', day: '2026-11-30', start: '09:00', length_min: 510, shift: 0, breaks: [{ after_min: 240, length_min: 30 }] };

describe('agents unlike the rules', () => {
  it('are asked for with what is theirs, and away on days of the week alone', () => {
    const own = { agent: 'b', week_max_min: 1200, days_off: ['monday' as const], away: ['2026-11-30', '2026-12-24'] };
    expect(asUnlike(['a', 'b'], [own, { agent: 'gone' }], ['2026-11-30', '2026-12-01'])).toEqual([{ agent: 'a' }, { ...own, away: ['2026-11-30'] }]);
  });
});

describe('duties changed by hand', () => {
  it('move on the step and stay within their day', () => {
    expect(moved(duty, 20, 15).start).toBe('09:15');
    expect(moved(duty, -600, 15).start).toBe('00:00');
    expect(moved(duty, 2000, 15).start).toBe('23:45');
    expect(endOf(duty)).toBe('17:30');
    expect(clockOf(minutesOf('23:30') + 60)).toBe('00:30');
  });

  it('keep their breaks where these still fit, and no others', () => {
    const longer = lengthened(duty, 30, rules);
    expect([longer.length_min, longer.breaks]).toEqual([540, duty.breaks]);
    const short = lengthened({ ...duty, breaks: [{ after_min: 300, length_min: 30 }] }, -210, rules);
    expect([short.length_min, short.breaks]).toEqual([300, [{ after_min: 240, length_min: 30 }]]);
    expect(ofKind(duty, 1, rules)).toMatchObject({ shift: 1, length_min: 240, breaks: [] });
    expect(breaksOf(undefined, 60, 15)).toEqual([]);
    // Wherever the middle of the window lies, a break begins on the step.
    expect(breaksOf(rules.shifts[0], 480, 40)).toEqual([{ after_min: 220, length_min: 30 }]);
  });

  it('are added as the first kind that may begin then', () => {
    expect(added('b', '2026-12-01', 605, rules)).toMatchObject({ start: '10:00', shift: 0, length_min: 510, breaks: [{ after_min: 240, length_min: 30 }] });
    expect(added('b', '2026-12-01', 1080, rules)).toMatchObject({ start: '18:00', shift: 1, length_min: 240 });
    expect(added('b', '2026-12-01', 60, rules)).toMatchObject({ start: '07:00', shift: 0 });
  });

  it('are taken back and done again, one change after another', () => {
    const one = done(begun([]), [duty]);
    const two = done(one, []);
    expect(undone(two).now).toEqual([duty]);
    expect(redone(undone(two)).now).toEqual([]);
    expect(undone(undone(undone(two))).now).toEqual([]);
    expect(done(undone(two), []).future).toEqual([]);
  });

  it('are shown within the hours that there are', () => {
    expect(hoursOf(rules, [])).toEqual({ from: 420, until: 1440 });
    expect(hoursOf(rules, [{ ...duty, start: '06:15' }])).toEqual({ from: 360, until: 1440 });
    expect(daysOf({ first_day: '2026-11-30', last_day: '2026-12-02' })).toEqual(['2026-11-30', '2026-12-01', '2026-12-02']);
  });
});
