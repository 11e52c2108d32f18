// Changing contract terms without touching what others hold, and the arithmetic of the examples.
import type { ContractTerms, FormulaChoice, PeriodTerms, PromiseTerms, QueueTerms, WeekdayName } from '../../api/types';
import { DAY_MIN, restOf, stretchesOf, type Stretch } from '../parts/hours';
import type { Block } from '../parts/WeekRibbon';

/** Puts `part` into the `at`-th of a list. */
export const changeAt = <T>(list: readonly T[], at: number, part: Partial<T>): T[] => list.map((one, i) => (i === at ? { ...one, ...part } : one));
/** A list without its `at`-th. */
export const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);

/** Everything that can be edited, and how. */
export type Edit = {
  terms: ContractTerms;
  set: (part: Partial<ContractTerms>) => void;
};

/** A period to begin with, like the one before it. */
export function newPeriod(name: string, like: PeriodTerms | undefined): PeriodTerms {
  return {
    name,
    when: { kind: 'weekly', weekly: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '09:00', until: '18:00' }] },
    service: like?.service ?? { kind: 'shared', pools: [] },
    promise: like?.promise ?? { threshold_s: 30, target_percent: 70, formula: 'of_offered', clock: 'first_ring', short_abandon_s: 5 },
    peak_greeting: null,
    overflow: null,
    nobody_on_shift: { kind: 'wait_for_next_shift' },
    call_limit_s: like?.call_limit_s ?? null,
    control: like?.control ?? 'provider',
  };
}

/** A queue to begin with. Its id stays the same from version to version. */
export function newQueue(name: string): QueueTerms {
  return {
    id: crypto.randomUUID(), name, channels: ['chat'], greeting: [], protocol: '', skills: [], language_required: false, head_start_min: 0,
    selection: 'longest_idle', sticky: null, offer_timeout_s: 20, wrap_up: { kind: 'fixed', seconds: 30, extend_s: 30, extensions_max: 2 },
    announce_position: true, waiting_max: 100,
  };
}

/** The contract's week of one day: each period by who answers, hours without a period, closed hours on top. */
export function ribbonOf(terms: ContractTerms, open: ((day: WeekdayName) => Stretch[]) | undefined, words: { gap: string; closed: string }) {
  return (day: WeekdayName): Block[] => {
    const blocks: Block[] = [];
    const claimed: Stretch[] = [];
    const add = (period: PeriodTerms, stretches: readonly Stretch[]) => {
      for (const stretch of stretches) blocks.push({ ...stretch, look: period.service.kind, label: period.name });
      claimed.push(...stretches);
    };
    for (const period of terms.periods) {
      if (period.when.kind === 'always') add(period, [{ from: 0, until: DAY_MIN }]);
      if (period.when.kind === 'weekly') add(period, stretchesOf(period.when.weekly, day));
    }
    claimed.sort((a, b) => a.from - b.from);
    const rest = restOf(claimed);
    const otherwise = terms.periods.find(({ when }) => when.kind === 'otherwise');
    if (otherwise) for (const stretch of rest) blocks.push({ ...stretch, look: otherwise.service.kind, label: otherwise.name });
    else for (const stretch of rest) blocks.push({ ...stretch, look: 'gap', label: words.gap });
    blocks.sort((a, b) => a.from - b.from);
    if (open) for (const stretch of restOf(open(day))) blocks.push({ ...stretch, look: 'closed', label: words.closed });
    return blocks;
  };
}

/** A made-up hour, the same for every formula, so that they can be compared. */
export const EXAMPLE = { answered: 80, inTime: 64, abandoned: 20, goneInTime: 14, goneShort: 6 };

/** What a formula makes of the example: the sum in figures, and its share. */
export function exampleOf(formula: FormulaChoice): { sum: string; share: number } {
  const { answered, inTime, abandoned, goneInTime, goneShort } = EXAMPLE;
  const ratio = (above: number, aboveText: string, below: number, belowText: string) => ({ sum: `${aboveText} / ${belowText}`, share: above / below });
  switch (formula) {
    case 'answered_or_abandoned_in_time':
      return ratio(inTime + goneInTime, `(${inTime} + ${goneInTime})`, answered + abandoned, `(${answered} + ${abandoned})`);
    case 'of_answered':
      return ratio(inTime, `${inTime}`, answered, `${answered}`);
    case 'of_offered':
      return ratio(inTime, `${inTime}`, answered + abandoned, `(${answered} + ${abandoned})`);
    case 'excluding_abandoned_in_time':
      return ratio(inTime, `${inTime}`, answered + abandoned - goneInTime, `(${answered} + ${abandoned} − ${goneInTime})`);
    case 'short_abandons_in_time':
      return ratio(inTime + goneShort, `(${inTime} + ${goneShort})`, answered + abandoned, `(${answered} + ${abandoned})`);
    case 'excluding_short_abandons':
      return ratio(inTime, `${inTime}`, answered + abandoned - goneShort, `(${answered} + ${abandoned} − ${goneShort})`);
  }
}

/** Whether the example would keep a promise. */
export const keeps = (promise: PromiseTerms): boolean => exampleOf(promise.formula).share * 100 >= promise.target_percent;
