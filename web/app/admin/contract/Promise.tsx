import { Select, Text } from '@mantine/core';

import type { ClockChoice, FormulaChoice, PromiseTerms } from '../../api/types';
import { formatPermille, useT } from '../../i18n/t';
import { Fields } from '../parts/Page';
import css from './Contract.module.css';
import { useField } from './faults';
import { Whole } from './Numbers';
import { EXAMPLE, exampleOf, keeps } from './terms';

const FORMULAS: readonly FormulaChoice[] = [
  'of_offered', 'excluding_abandoned_in_time', 'excluding_short_abandons', 'short_abandons_in_time', 'answered_or_abandoned_in_time', 'of_answered',
];
const CLOCKS: readonly ClockChoice[] = ['first_ring', 'queue_entry'];

/** What is promised, by which formula, with an example in figures. */
export function Promise({ promise, path, onChange }: { promise: PromiseTerms; path: string; onChange: (promise: PromiseTerms) => void }) {
  const t = useT();
  const field = useField();
  const set = (part: Partial<PromiseTerms>) => onChange({ ...promise, ...part });
  const example = exampleOf(promise.formula);
  return (
    <div role="group" aria-label={t('admin.promise')} style={{ display: 'flex', flexDirection: 'column', gap: 10 }}>
      <Fields>
        <Whole label={t('admin.target')} description={t('admin.target_hint')} suffix=" %" value={promise.target_percent} {...field(`${path}.target_percent`)} onChange={(target_percent) => set({ target_percent })} />
        <Whole label={t('admin.threshold')} description={t('admin.threshold_hint')} suffix={` ${t('admin.seconds')}`} value={promise.threshold_s} {...field(`${path}.threshold_s`)} onChange={(threshold_s) => set({ threshold_s })} />
        <Whole label={t('admin.short_abandon')} description={t('admin.short_abandon_hint')} suffix={` ${t('admin.seconds')}`} value={promise.short_abandon_s} {...field(`${path}.short_abandon_s`)} onChange={(short_abandon_s) => set({ short_abandon_s })} />
        <Select
          label={t('admin.clock')} allowDeselect={false} value={promise.clock} {...field(`${path}.clock`)} data={CLOCKS.map((clock) => ({ value: clock, label: t(`admin.clock_${clock}`) }))}
          onChange={(clock) => { if (clock) set({ clock: clock as ClockChoice }); }} // only the two above are offered
        />
      </Fields>
      <Select
        label={t('admin.formula')} description={t(`admin.formula_why_${promise.formula}`)} allowDeselect={false} value={promise.formula} {...field(`${path}.formula`)}
        data={FORMULAS.map((formula) => ({ value: formula, label: t(`admin.formula_${formula}`) }))}
        onChange={(formula) => { if (formula) set({ formula: formula as FormulaChoice }); }} // only the six above are offered
      />
      <div className={css.example}>
        <Text size="xs" fw={600} component="span">{t('admin.example_title')}. </Text>
        {t('admin.example', {
          offered: EXAMPLE.answered + EXAMPLE.abandoned, answered: EXAMPLE.answered, in_time: EXAMPLE.inTime, threshold: promise.threshold_s, abandoned: EXAMPLE.abandoned,
          gone_in_time: EXAMPLE.goneInTime, gone_short: EXAMPLE.goneShort, short: promise.short_abandon_s,
        })}{' '}
        <strong className="num">
          {t('admin.example_result', {
            sum: example.sum, percent: formatPermille(example.share * 1000), target: formatPermille(promise.target_percent * 10, 0),
            verdict: t(keeps(promise) ? 'admin.example_kept' : 'admin.example_missed'),
          })}
        </strong>
      </div>
    </div>
  );
}
