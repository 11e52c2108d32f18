import { describe, expect, it } from 'vitest';

import { boundsOfDay, boundsOfYear, dayAfter, today } from './day';

const hours = (day: string, zone: string): number => {
  const { from, until } = boundsOfDay(day, zone);
  return (Date.parse(until) - Date.parse(from)) / 3_600_000;
};

describe('a day', () => {
  it('begins at midnight of its zone', () => {
    expect(boundsOfDay('2026-11-22', 'Europe/Paris')).toEqual({ from: '2026-11-21T23:00:00.000Z', until: '2026-11-22T23:00:00.000Z' });
    expect(boundsOfDay('2026-07-01', 'America/New_York').from).toBe('2026-07-01T04:00:00.000Z');
    expect(boundsOfDay('2026-07-01', 'Asia/Kathmandu').from).toBe('2026-06-30T18:15:00.000Z');
  });

  it('has 23 or 25 hours when the clocks change', () => {
    expect(hours('2026-03-29', 'Europe/Paris')).toBe(23);
    expect(hours('2026-10-25', 'Europe/Paris')).toBe(25);
    expect(hours('2026-10-26', 'Europe/Paris')).toBe(24);
  });

  it('begins after midnight where midnight is skipped', () => {
    // In Cairo the clocks went from 00:00 to 01:00 on 24 April 2026.
    expect(boundsOfDay('2026-04-24', 'Africa/Cairo').from).toBe('2026-04-23T22:00:00.000Z');
    expect(hours('2026-04-24', 'Africa/Cairo')).toBe(23);
  });

  it('is in the twelve months up to its own', () => {
    expect(boundsOfYear('2026-03-31', 'Europe/Paris')).toEqual({ from: '2025-03-31T22:00:00.000Z', until: '2026-03-31T22:00:00.000Z' });
    expect(boundsOfYear('2026-12-01', 'UTC').from).toBe('2026-01-01T00:00:00.000Z');
  });

  it('is the zone’s own', () => {
    const late = Date.parse('2026-11-22T23:30:00Z');
    expect([today('Europe/Paris', late), today('UTC', late)]).toEqual(['2026-11-23', '2026-11-22']);
    expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  });
});
