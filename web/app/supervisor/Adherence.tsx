// Who is scheduled now and is not where the schedule says, on the board.
import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { get } from '../api/client';
import type { AdherenceBoard, AdherenceNow } from '../api/types';
import { formatTime, needFace, useT } from '../i18n/t';
import { AdherenceDays } from '../planning/shifts/AdherenceDays';
import { Empty } from '../ui/Empty';
import { StatePill } from '../ui/StatePill';
import { Since } from '../ui/Timer';
import css from './Adherence.module.css';
import panel from './panel.module.css';

await needFace('shifts');

/** A schedule's activities change by the minute; states are asked for a little more often. */
const LOOK_MS = 10_000;

/** Those who are out of adherence, longest first; nothing where no schedule is published. */
export function Adherence() {
  const t = useT();
  const { data } = useQuery({ queryKey: ['adherence', 'now'], queryFn: ({ signal }) => get<AdherenceBoard>('/board/adherence', undefined, signal), refetchInterval: LOOK_MS });
  const [days, setDays] = useState(false);
  if (!data?.published) return null;
  const out = data.agents.filter(({ out_since }) => typeof out_since === 'string');
  return (
    <section className={panel.box} aria-labelledby="adherence">
      <header className={panel.head}>
        <h2 id="adherence">{t('shifts.adherence')}</h2>
        <span className={css.sum}>{t('shifts.scheduled_now', { number: data.agents.length, out: out.length })}</span>
        <Button size="compact-xs" variant="subtle" onClick={() => setDays(true)}>{t('shifts.by_agent')}</Button>
      </header>
      {out.length === 0 ? <Empty title={t(data.agents.length === 0 ? 'shifts.nobody_now' : 'shifts.all_fit')} /> : (
        <ul className={css.rows}>{out.map((row) => <Row key={row.agent} row={row} />)}</ul>
      )}
      <Modal opened={days} onClose={() => setDays(false)} title={t('shifts.adherence')} size="lg" closeButtonProps={{ 'aria-label': t('shell.close') }}>
        <AdherenceDays />
      </Modal>
    </section>
  );
}

function Row({ row }: { row: AdherenceNow }) {
  const t = useT();
  return (
    <li className={css.row}>
      <strong>{row.name}</strong>
      <span>{t(`shifts.should_${row.activity}`, { from: formatTime(row.from), until: formatTime(row.until) })}</span>
      <StatePill state={row.state ?? { kind: 'signed_out', reason: null }} />
      {row.out_since && <Since at={row.out_since} className={css.since} />}
    </li>
  );
}
