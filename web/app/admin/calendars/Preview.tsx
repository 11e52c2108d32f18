import type { CalendarPreview } from '../../api/types';
import { useLocale, useT } from '../../i18n/t';
import { civilIn } from '../contract/zone';
import css from './Preview.module.css';

const DAY_MS = 86_400_000;

/** The coming days as they will be, exceptions and clock changes included. */
export function Preview({ preview, zone }: { preview: CalendarPreview; zone: string }) {
  const t = useT();
  const locale = useLocale();
  const days = daysOf(preview, zone);
  const name = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
  return (
    <ol className={css.days}>
      {days.map(({ date, spans }) => (
        <li key={date} className={css.day}>
          <strong>{name.format(new Date(`${date}T00:00Z`))}</strong>
          {spans.length === 0 ? (
            <span className={css.closed}>{t('admin.closed')}</span>
          ) : (
            spans.map((span) => <div key={span} className={`num ${css.open}`}>{span}</div>)
          )}
        </li>
      ))}
    </ol>
  );
}

/** The open spans by civil day of the zone; a span over midnight is cut there. */
export function daysOf({ from, until, open }: CalendarPreview, zone: string): { date: string; spans: string[] }[] {
  const first = Date.parse(`${civilIn(from, zone).date}T00:00Z`);
  // The last instant shown lies just before `until`.
  const last = Date.parse(`${civilIn(new Date(Date.parse(until) - 1).toISOString(), zone).date}T00:00Z`);
  const days: { date: string; spans: string[] }[] = [];
  for (let day = first; day <= last; day += DAY_MS) {
    const date = new Date(day).toISOString().slice(0, 10);
    const spans = open.flatMap((span) => {
      const [opens, closes] = [civilIn(span.from, zone), civilIn(span.until, zone)];
      const ends = closes.time === '00:00' ? new Date(Date.parse(`${closes.date}T00:00Z`) - DAY_MS).toISOString().slice(0, 10) : closes.date;
      if (date < opens.date || date > ends) return [];
      return [`${date === opens.date ? opens.time : '00:00'}–${date === ends && closes.time !== '00:00' ? closes.time : '24:00'}`];
    });
    days.push({ date, spans });
  }
  return days;
}
