// What a day needs and has, step by step, as one small plot above the day's shifts.
import type { ScheduleMoment } from '../../api/types';
import { formatDay, useT } from '../../i18n/t';
import { minutesOf } from './edit';
import css from './Grid.module.css';

const HEIGHT = 44;

/** Filled: on duty; the line: required; red where somebody is missing. */
export function Cover({ moments, from, until, step, most, day }: { moments: readonly ScheduleMoment[]; from: number; until: number; step: number; most: number; day: string }) {
  const t = useT();
  const width = until - from;
  const y = (value: number): number => HEIGHT - (value / most) * (HEIGHT - 2);
  const at = moments.map((moment) => ({ ...moment, x: minutesOf(moment.from.slice(11, 16)) - from })).filter(({ x }) => x >= 0 && x < width);
  const line = at.map(({ x, required }, place) => `${place === 0 ? 'M' : 'L'}${x} ${y(required)}L${x + step} ${y(required)}`).join('');
  const worst = at.reduce((most_, moment) => (moment.required - moment.on_duty > (most_ ? most_.required - most_.on_duty : 0) ? moment : most_), undefined as ScheduleMoment | undefined);
  const label = worst
    ? t('shifts.cover_short', { day: formatDay(day), number: worst.required - worst.on_duty, required: worst.required, at: worst.from.slice(11, 16) })
    : t('shifts.cover_whole', { day: formatDay(day) });
  return (
    <svg className={css.cover} viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      {at.map(({ x, on_duty, required, from: key }) => (
        <g key={key}>
          <rect x={x} width={step} y={y(on_duty)} height={HEIGHT - y(on_duty)} className={css.duty} />
          {required > on_duty && <rect x={x} width={step} y={y(required)} height={y(on_duty) - y(required)} className={css.short} />}
        </g>
      ))}
      <path d={line} className={css.required} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
