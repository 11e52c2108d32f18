// Parts of a period that the provider's editor and the client's own share.
import { Select, Switch } from '@mantine/core';

import type { NobodyOnShiftChoice, OverflowTerms, PeriodTerms } from '../../api/types';
import { useT } from '../../i18n/t';
import { TextsField } from '../parts/TextsField';
import css from './Contract.module.css';
import { useField } from './faults';
import { MaybeWhole, Whole } from './Numbers';

const NOBODY = ['wait_for_next_shift', 'overflow', 'close'] as const;

/** A part of one period, where it stands in the terms, and how it is changed. */
export type PartOf = { period: PeriodTerms; path: string; onChange: (part: Partial<PeriodTerms>) => void };

/** Words when nobody is free. */
export function Peak({ period: { peak_greeting: peak }, path, languages, onChange }: PartOf & { languages: readonly string[] }) {
  const t = useT();
  const field = useField();
  return (
    <div className={css.sub}>
      <Switch
        label={t('admin.peak_greeting')} description={t('admin.peak_greeting_hint')} checked={Boolean(peak)}
        onChange={(event) => onChange({ peak_greeting: event.currentTarget.checked ? { text: [], length_s: 8 } : null })}
      />
      {peak && (
        <>
          <TextsField label={t('admin.peak_greeting')} languages={languages} value={peak.text} {...field(`${path}.peak_greeting.text`, true)} onChange={(text) => onChange({ peak_greeting: { ...peak, text } })} />
          <Whole label={t('admin.peak_length')} w={140} suffix={` ${t('admin.seconds')}`} value={peak.length_s} {...field(`${path}.peak_greeting.length_s`)} onChange={(length_s) => onChange({ peak_greeting: { ...peak, length_s } })} />
        </>
      )}
    </div>
  );
}

/** When further pools open. */
export function OverflowLimits({ overflow, path, onChange }: { overflow: OverflowTerms; path: string; onChange: (part: Partial<PeriodTerms>) => void }) {
  const t = useT();
  const field = useField();
  return (
    <>
      <MaybeWhole label={t('admin.overflow_after')} suffix={` ${t('admin.seconds')}`} value={overflow.after_s} {...field(`${path}.overflow.after_s`)} onChange={(after_s) => onChange({ overflow: { ...overflow, after_s } })} />
      <MaybeWhole
        label={t('admin.overflow_below')} suffix=" %" value={overflow.below_projected_percent} {...field(`${path}.overflow.below_projected_percent`)}
        onChange={(below_projected_percent) => onChange({ overflow: { ...overflow, below_projected_percent } })}
      />
    </>
  );
}

/** What happens when nobody is on shift, and how long a talk may be. */
export function NobodyAndTalk({ period, path, onChange }: PartOf) {
  const t = useT();
  const field = useField();
  return (
    <>
      <Select
        label={t('admin.nobody')} allowDeselect={false} value={period.nobody_on_shift.kind} {...field(`${path}.nobody_on_shift`, true)}
        data={NOBODY.map((kind) => ({ value: kind, label: t(`admin.nobody_${kind}`) }))}
        onChange={(kind) => { if (kind) onChange({ nobody_on_shift: { kind: kind as NobodyOnShiftChoice['kind'] } }); }} // only the three above are offered
      />
      <MaybeWhole label={t('admin.call_limit')} description={t('admin.call_limit_hint')} suffix={` ${t('admin.seconds')}`} value={period.call_limit_s} {...field(`${path}.call_limit_s`)} onChange={(call_limit_s) => onChange({ call_limit_s })} />
    </>
  );
}
