// The agent's own next shifts, small.
import { useQuery } from '@tanstack/react-query';

import { get } from '../api/client';
import type { OwnShifts } from '../api/types';
import { formatDay, formatTime, needFace, useT } from '../i18n/t';
import css from './NextShifts.module.css';

await needFace('shifts');

/** A published schedule changes a few times a day. */
const LOOK_MS = 300_000;
/** So many are shown. */
const SHOWN = 3;

/** The shift at hand and those after it; nothing where none is published. */
export function NextShifts() {
  const t = useT();
  const { data } = useQuery({ queryKey: ['desk', 'shifts'], queryFn: () => get<OwnShifts>('/desk/shifts'), refetchInterval: LOOK_MS, meta: { quiet: true } });
  if (!data || data.shifts.length === 0) return null;
  return (
    <section className={css.box} aria-label={t('shifts.own')}>
      <h2 className={css.title}>{t('shifts.own')}</h2>
      <ul className={css.rows}>
        {data.shifts.slice(0, SHOWN).map((shift) => (
          <li key={shift.from}>
            <span>{formatDay(shift.day)}</span>
            <span className="num">{formatTime(shift.from, data.zone)}–{formatTime(shift.until, data.zone)}</span>
            {shift.breaks.length > 0 && <span className={css.breaks}>{shift.breaks.map(({ name, from }) => `${name} ${formatTime(from, data.zone)}`).join(', ')}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
