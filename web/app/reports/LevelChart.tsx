// What came in over a stretch of time, how much of it was answered in time, and the service level.
import { useMemo } from 'react';

import type { IntervalSum, ReportLength } from '../api/types';
import { formatMonth, useT, type Key } from '../i18n/t';
import { Chart, type Series } from '../ui/Chart';
import css from './LevelChart.module.css';

/** A chart of less would be three fat columns. */
const LEAST_S = 6 * 3600;

const seconds = (at: string): number => Date.parse(at) / 1000;
/** Whether intervals are of different lengths, so that they stand side by side by their number. */
const isCounted = (length: ReportLength): boolean => length === 'day' || length === 'month';
const nameOf = (local: string, length: ReportLength): string => (local === '' ? '' : length === 'day' ? local.slice(8, 10) : formatMonth(local.slice(0, 7), 'short'));
const happened = ({ offered, answered }: IntervalSum): boolean => offered + answered > 0;

/** The intervals worth drawing: of days and months all, of hours those between the first and the last in which something happened. */
export function worthDrawing(sums: readonly IntervalSum[], length: ReportLength): readonly IntervalSum[] {
  if (isCounted(length)) return sums;
  const first = sums.findIndex(happened);
  const last = sums.findLastIndex(happened);
  if (first < 0) return [];
  // An axis begins at a whole hour.
  const whole = sums.findLastIndex(({ local }, at) => at <= first && local.slice(14, 16) === '00');
  const begin = whole < 0 ? first : whole;
  const enough = sums.findIndex(({ until }) => seconds(until) - seconds(sums[begin]?.from ?? until) >= LEAST_S);
  return sums.slice(begin, Math.max(last, enough < 0 ? sums.length - 1 : enough) + 1);
}

/** The sums of a report, drawn. By agent there is no service level, only what was answered. */
export function LevelChart({ sums, length, agent = false, height = 220 }: { sums: readonly IntervalSum[]; length: ReportLength; agent?: boolean; height?: number }) {
  const t = useT();
  const { times, series, format } = useMemo(() => {
    const drawn = worthDrawing(sums, length);
    const lines: Series[] = agent
      ? [{ name: 'answered', values: drawn.map(({ answered }) => answered), colour: '--talking', columns: true }]
      : [
          { name: 'offered', values: drawn.map(({ offered }) => offered), colour: '--edge', columns: true },
          { name: 'in time', values: drawn.map(({ answered_in_time }) => answered_in_time), colour: '--good-fill', columns: true },
          {
            name: 'level', axis: 'percent', colour: '--accent',
            values: drawn.map(({ service_level_permille: level }) => (typeof level === 'number' ? level / 10 : null)),
          },
        ];
    const [first] = drawn;
    // Days are of different lengths where clocks change, and months anyhow.
    if (isCounted(length)) return { times: drawn.map((_, at) => at), series: lines, format: (at: number) => nameOf(drawn[at]?.local ?? '', length) };
    // The sums say by how much the zone is ahead; the axis is written by that.
    const offset = first ? seconds(`${first.local.slice(0, 19)}Z`) - seconds(first.from) : 0;
    return { times: drawn.map(({ from }) => seconds(from)), series: lines, format: (at: number) => new Date((at + offset) * 1000).toISOString().slice(11, 16) };
  }, [sums, length, agent]);
  return <Chart times={times} series={series} format={format} height={height} counted={isCounted(length)} label={t('reports.chart')} />;
}

/** What the colours of the chart stand for. */
export function Legend({ agent = false }: { agent?: boolean }) {
  const t = useT();
  const keys: readonly (readonly [string, Key])[] = agent
    ? [['--talking', 'reports.answered']]
    : [['--edge', 'reports.offered'], ['--good-fill', 'reports.in_time'], ['--accent', 'reports.level']];
  return (
    <ul className={css.legend} aria-hidden>
      {keys.map(([colour, name]) => <li key={name}><span style={{ background: `var(${colour})` }} />{t(name)}</li>)}
    </ul>
  );
}
