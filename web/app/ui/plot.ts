// Draws series over time. Loaded when a chart is first shown: most of a screen's script would be this.
import 'uplot/dist/uPlot.min.css';

import uPlot from 'uplot';

/** A line, steps or columns of a chart; `dashed` for what is only thought, `bare` for the edge of a band. */
export type Series = {
  name: string; values: readonly (number | null)[]; colour: string; columns?: boolean; steps?: boolean; dashed?: boolean; bare?: boolean; axis?: 'count' | 'percent';
};

/** The room between two series, by their places, filled. */
export type Band = { high: number; low: number; colour: string };

/** What is drawn. */
export type Plot = {
  /** Seconds since 1970, or the numbers from 0 on. */
  times: readonly number[];
  series: readonly Series[];
  bands: readonly Band[];
  height: number;
  /** The times are numbers from 0 on, each with a word of its own. */
  counted: boolean;
  /** Writes a time of the axis. */
  format: (seconds: number) => string;
  /** The times are those of a clock on the wall, written as if it were UTC. */
  local: boolean;
};

/** Draws into an element, and again as its width changes; returns what takes the drawing away. */
export function plot(element: HTMLElement, { times, series, bands, height, counted, format, local }: Plot): () => void {
  const colour = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim();
  // A number stands in the middle of its column, a time where the column begins.
  const bars = uPlot.paths.bars?.({ size: [0.8, 40], align: counted ? 0 : 1 });
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  // The last column needs its room too, and in the middle of it the first one's as well.
  const step = times.length > 1 ? (times[1] ?? 0) - (times[0] ?? 0) : 1;
  const before = counted ? step / 2 : 0;
  const percent = series.some(({ axis }) => axis === 'percent');
  const chart = new uPlot(
    {
      width: element.clientWidth, height, ...(local ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') } : {}), cursor: { points: { show: false } }, legend: { show: false },
      scales: { x: { time: !counted, range: [(times[0] ?? 0) - before, (times.at(-1) ?? 0) + step - before] }, count: { range: (_, __, most) => [0, Math.max(4, most * 1.15)] }, percent: { range: [0, 100] } },
      axes: [
        {
          space: 84, stroke: colour('--text-3'), grid: { show: false }, ticks: { stroke: colour('--line') }, font: "11px 'Inter Variable', sans-serif",
          ...(counted ? { incrs: [1, 2, 3, 5, 10, 20, 50, 100] } : {}),
          values: (_, marks) => {
            const words = marks.map(format);
            // A short axis has several marks within what one word names.
            return words.map((word, at) => (word === words[at - 1] ? '' : word));
          },
        },
        { scale: 'count', stroke: colour('--text-3'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, size: 42, font: "11px 'Inter Variable', sans-serif" },
        ...(percent ? [{
          scale: 'percent', side: 1 as const, stroke: colour('--text-3'), grid: { show: false }, ticks: { show: false }, size: 46, font: "11px 'Inter Variable', sans-serif",
          values: (_: uPlot, marks: number[]) => marks.map((mark) => `${mark} %`),
        }] : []),
      ],
      series: [
        {},
        ...series.map(({ name, colour: token, columns, steps, dashed, bare, axis }) => ({
          label: name, scale: axis ?? 'count', spanGaps: false,
          ...(columns
            ? { fill: colour(token), stroke: colour(token), width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) }
            : bare
              ? { stroke: 'transparent', width: 0, points: { show: false } }
              : {
                  stroke: colour(token), width: 2, points: steps ? { show: false } : { size: 4 }, ...(dashed ? { dash: [5, 4] } : {}),
                  ...(steps && stepped ? { paths: stepped } : {}),
                }),
        })),
      ],
      bands: bands.map(({ high, low, colour: token }) => ({ series: [high + 1, low + 1], fill: colour(token) })),
    },
    [[...times], ...series.map(({ values }) => [...values])],
    element,
  );
  const watch = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
  watch.observe(element);
  return () => {
    watch.disconnect();
    chart.destroy();
  };
}
