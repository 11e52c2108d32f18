import css from './StepPlot.module.css';

/** A line of steps. */
export type Steps = { name: string; colour: string; dash?: string; values: readonly (number | null)[]; half?: readonly (number | null)[] };

const WIDTH = 640;
const LEFT = 38;
const BOTTOM = 20;
const TOP = 8;

/** Values that hold from one minute of the day to another, as steps over the day. The table beside it says the same. */
export function StepPlot({ label, bounds, lines, most, unit = '', mark, height = 170 }: {
  label: string;
  /** First and last minute of each step. */
  bounds: readonly { from: number; until: number }[];
  lines: readonly Steps[];
  /** The top of the scale; the largest value when absent. */
  most?: number;
  unit?: string;
  /** A level to compare with. */
  mark?: number | undefined;
  height?: number;
}) {
  const top = most ?? Math.max(1, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))) * 1.1;
  const x = (minute: number): number => LEFT + (minute / 1440) * (WIDTH - LEFT - 6);
  const y = (value: number): number => TOP + (1 - Math.min(value, top) / top) * (height - TOP - BOTTOM);
  const step = niceStep(top);
  const marks = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, at) => at * step);
  return (
    <figure className={css.figure}>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={label}>
        {marks.map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH - 6} y1={y(value)} y2={y(value)} className={css.grid} />
            <text x={LEFT - 6} y={y(value) + 3.5} textAnchor="end" className={css.tick}>{value}{unit}</text>
          </g>
        ))}
        {[0, 4, 8, 12, 16, 20, 24].map((hour) => (
          <text key={hour} x={x(hour * 60)} y={height - 5} textAnchor={hour === 0 ? 'start' : hour === 24 ? 'end' : 'middle'} className={css.tick}>{String(hour).padStart(2, '0')}:00</text>
        ))}
        {mark !== undefined && <line x1={LEFT} x2={WIDTH - 6} y1={y(mark)} y2={y(mark)} className={css.mark} />}
        {lines.map(({ name, colour, values, half }) => half && (
          <g key={name} fill={colour} opacity={0.14}>
            {bounds.map(({ from, until }, at) => {
              const [value, wide] = [values[at], half[at]];
              if (value === null || value === undefined || !wide) return null;
              const high = y(Math.min(top, value + wide));
              return <rect key={from} x={x(from)} width={x(until) - x(from)} y={high} height={Math.max(0, y(Math.max(0, value - wide)) - high)} />;
            })}
          </g>
        ))}
        {lines.map(({ name, colour, dash, values }) => (
          <path key={name} d={pathOf(bounds, values, x, y)} fill="none" stroke={colour} strokeWidth={2} {...(dash ? { strokeDasharray: dash } : {})} />
        ))}
      </svg>
      <figcaption className={css.legend}>
        {lines.map(({ name, colour, dash }) => (
          <span key={name}>
            <svg width={26} height={8} aria-hidden><line x1={0} x2={26} y1={4} y2={4} stroke={colour} strokeWidth={2.5} {...(dash ? { strokeDasharray: dash } : {})} /></svg>
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Steps as a path, broken where there is nothing. */
function pathOf(bounds: readonly { from: number; until: number }[], values: readonly (number | null)[], x: (minute: number) => number, y: (value: number) => number): string {
  let path = '';
  let drawn = false;
  bounds.forEach(({ from, until }, at) => {
    const value = values[at];
    if (value === null || value === undefined) {
      drawn = false;
      return;
    }
    path += `${drawn ? 'L' : 'M'}${x(from).toFixed(1)} ${y(value).toFixed(1)}L${x(until).toFixed(1)} ${y(value).toFixed(1)}`;
    drawn = true;
  });
  return path;
}

/** A step of the scale that people read easily, four or five of them. */
function niceStep(top: number): number {
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough) ?? 10;
  return Math.max(1, step * power);
}
