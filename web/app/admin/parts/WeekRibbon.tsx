import type { WeekdayName } from '../../api/types';
import { useT } from '../../i18n/t';
import { DAY_MIN, DAYS, timeOf, type Stretch } from './hours';
import { dayName } from './names';
import css from './WeekRibbon.module.css';

/** What a stretch of the week is drawn as. */
export type Look = 'open' | 'shared' | 'dedicated' | 'gap' | 'closed';
/** A stretch with its look and its words. */
export type Block = Stretch & { look: Look; label: string };

/** The week as a picture: one line for each day, hour by hour. Every stretch can be read as text too. */
export function WeekRibbon({ label, blocks, legend }: {
  label: string;
  blocks: (day: WeekdayName) => Block[];
  legend?: { look: Look; label: string }[];
}) {
  const t = useT();
  return (
    <figure style={{ margin: 0 }}>
      <table className={css.week} aria-label={label}>
        <tbody>
          {DAYS.map((day) => {
            const found = blocks(day);
            return (
              <tr key={day}>
                <th scope="row" abbr={dayName(day)}>{dayName(day, 'short')}</th>
                <td>
                  <div className={css.track} aria-hidden>
                    {found.map((block) => (
                      <span
                        key={`${block.look}${block.from}${block.label}`}
                        className={`${css.block} ${css[block.look]}`}
                        style={{ insetInlineStart: `${(block.from / DAY_MIN) * 100}%`, width: `${((block.until - block.from) / DAY_MIN) * 100}%` }}
                        title={words(block)}
                      >
                        {block.until - block.from >= 180 && block.look !== 'closed' ? block.label : ''}
                      </span>
                    ))}
                  </div>
                  <span className="visually-hidden">
                    {found.length === 0 ? t('admin.closed_all_day') : found.map(words).join('; ')}
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div className={css.scale} aria-hidden>
        {['00', '06', '12', '18', '24'].map((hour) => <span key={hour} className="num">{hour}</span>)}
      </div>
      {legend && legend.length > 0 && (
        <ul className={css.legend}>
          {legend.map((entry) => (
            <li key={entry.look}>
              <span className={css.swatch} aria-hidden><span className={`${css.block} ${css[entry.look]}`} style={{ inset: 0 }} /></span>
              {entry.label}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

const words = ({ from, until, label }: Block) => `${timeOf(from)}–${timeOf(until)} ${label}`;
