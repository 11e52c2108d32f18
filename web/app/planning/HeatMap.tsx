import { formatDay } from '../i18n/t';
import { Scroll } from './Scroll';
import css from './Staffing.module.css';
import { dayOf, hourOf } from './words';

/** One interval of a map. */
export type Cell = { from: string; value: number; title: string };

/** From here on letters are white: between the two ranges neither white nor dark ones could be read. */
const DARK = 0.75;
const depth = (share: number): number => Math.round(share > DARK ? 90 + ((share - DARK) / (1 - DARK)) * 10 : 6 + (share / DARK) * 60);

/** Days by hours: the darker, the more. A day is chosen by its head. */
export function HeatMap({ cells, chosen, choose, label }: { cells: readonly Cell[]; chosen: string | undefined; choose: (day: string) => void; label: string }) {
  const days = [...new Set(cells.map(({ from }) => dayOf(from)))];
  const times = [...new Set(cells.map(({ from }) => hourOf(from)))].sort();
  const most = Math.max(1, ...cells.map(({ value }) => value));
  const at = new Map(cells.map((cell) => [cell.from, cell]));
  const hours = new Map<string, number>();
  for (const time of times) hours.set(time.slice(0, 2), (hours.get(time.slice(0, 2)) ?? 0) + 1);
  return (
    <Scroll label={label}>
      <table className={css.map} aria-label={label}>
        <thead>
          <tr>
            <td />
            {[...hours].map(([hour, wide]) => <th key={hour} scope="col" colSpan={wide}>{hour}</th>)}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day} data-chosen={day === chosen || undefined}>
              <th scope="row"><button type="button" aria-pressed={day === chosen} onClick={() => choose(day)}>{formatDay(day)}</button></th>
              {times.map((time) => {
                const cell = at.get(`${day}T${time}`);
                if (!cell) return <td key={time} />;
                const share = cell.value / most;
                return (
                  <td
                    key={time} title={`${formatDay(day)} ${time}: ${cell.title}`} data-dark={share > DARK || undefined}
                    style={{ background: `color-mix(in srgb, var(--accent-fill) ${depth(share)}%, var(--panel))` }}
                  >
                    {cell.value}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
