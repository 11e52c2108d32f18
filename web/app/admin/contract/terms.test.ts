import { describe, expect, it } from 'vitest';

import type { ContractTerms, FormulaChoice } from '../../api/types';
import { exampleOf, newPeriod, newQueue, ribbonOf } from './terms';

const terms = (periods: ContractTerms['periods']): ContractTerms => ({
  zone: 'Europe/Paris', hours: 'h', periods, queues: [newQueue('Support')], languages: ['fr'], closed: { kind: 'message', text: [] }, retention_days: 90, pause_max_s: 120,
});
const words = { gap: 'no period', closed: 'closed' };

describe('the week of a contract', () => {
  const office = { ...newPeriod('Office', undefined), service: { kind: 'dedicated' as const, team: 't' } };

  it('shows the own team in its hours and the pool in all others', () => {
    const night = { ...newPeriod('Rest', undefined), when: { kind: 'otherwise' as const } };
    expect(ribbonOf(terms([office, night]), undefined, words)('monday')).toEqual([
      { from: 0, until: 540, look: 'shared', label: 'Rest' },
      { from: 540, until: 1080, look: 'dedicated', label: 'Office' },
      { from: 1080, until: 1440, look: 'shared', label: 'Rest' },
    ]);
    expect(ribbonOf(terms([office, night]), undefined, words)('sunday')).toEqual([{ from: 0, until: 1440, look: 'shared', label: 'Rest' }]);
  });

  it('marks hours that no period covers, and hours the calendar closes', () => {
    const open = () => [{ from: 480, until: 1200 }];
    expect(ribbonOf(terms([office]), open, words)('monday').map(({ from, until, look }) => [from, until, look])).toEqual([
      [0, 540, 'gap'], [540, 1080, 'dedicated'], [1080, 1440, 'gap'], [0, 480, 'closed'], [1200, 1440, 'closed'],
    ]);
  });
});

it.each<[FormulaChoice, number]>([
  ['answered_or_abandoned_in_time', 0.78], ['of_answered', 0.8], ['of_offered', 0.64], ['excluding_abandoned_in_time', 64 / 86],
  ['short_abandons_in_time', 0.7], ['excluding_short_abandons', 64 / 94],
])('the example of %s comes to %d', (formula, share) => {
  expect(exampleOf(formula).share).toBeCloseTo(share, 10);
});
