import { describe, expect, it } from 'vitest';

import { minuteOf, restOf, stretchesOf, tidyTime, timeOf } from './hours';

describe('times of day', () => {
  it.each([['00:00', 0], ['09:30', 570], ['24:00', 1440], ['24:01', undefined], ['9:30', undefined], ['09:60', undefined]])(
    'reads %s as %s', (text, minute) => expect(minuteOf(text)).toBe(minute),
  );
  it.each([['9', '09:00'], ['930', '09:30'], ['9h30', '09:30'], [' 18:00 ', '18:00'], ['18.15', '18:15'], ['noon', 'noon']])(
    'fills %s up to %s', (text, full) => expect(tidyTime(text)).toBe(full),
  );
  it('writes what it reads', () => {
    for (const minute of [0, 59, 60, 605, 1440]) expect(minuteOf(timeOf(minute))).toBe(minute);
  });
});

describe('the stretches of a day', () => {
  it('joins what touches or overlaps and leaves out what cannot be read', () => {
    const week = [
      { days: ['monday' as const], from: '09:00', until: '12:00' },
      { days: ['monday' as const], from: '11:00', until: '14:00' },
      { days: ['monday' as const], from: '14:00', until: '18:00' },
      { days: ['monday' as const], from: 'soon', until: '20:00' },
      { days: ['tuesday' as const], from: '00:00', until: '24:00' },
    ];
    expect(stretchesOf(week, 'monday')).toEqual([{ from: 540, until: 1080 }]);
    expect(restOf(stretchesOf(week, 'monday'))).toEqual([{ from: 0, until: 540 }, { from: 1080, until: 1440 }]);
    expect(restOf(stretchesOf(week, 'tuesday'))).toEqual([]);
    expect(restOf(stretchesOf(week, 'sunday'))).toEqual([{ from: 0, until: 1440 }]);
  });
});
