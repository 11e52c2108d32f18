import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, type ReactNode } from 'react';

import type { BoardClient } from '../api/types';
import { formatNumber, formatPermille, formatTime, useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { live } from '../live/hub';
import { useCell, useRows } from '../live/store';
import { ClientTag } from '../ui/ClientTag';
import { LevelBar, standing } from '../ui/LevelBar';
import { Since } from '../ui/Timer';
import { count, COUNTERS } from './filter';
import css from './Wall.module.css';

const looks = {
  available: 'available', offered: 'offered', talking: 'talking', holding: 'holding', wrap_up: 'wrap-up', away: 'away', no_answer: 'fault', signed_out: 'out',
} as const;

/** The board for a screen on the wall: dark, few figures, readable at four metres. */
export function Wall({ stale, onClose }: { stale: boolean; onClose: () => void }) {
  const t = useT();
  const { board, status } = live();
  const floor = useCell(board.floor);
  const state = useCell(status);
  const clients = [...useRows(board.clients)].sort((a, b) => a.name.localeCompare(b.name));
  const counts = count(useRows(board.agents));
  const now = useNow();
  useEffect(() => {
    const leave = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onClose();
    };
    window.addEventListener('keydown', leave);
    return () => window.removeEventListener('keydown', leave);
  }, [onClose]);
  const close = (): void => {
    if (document.fullscreenElement) void document.exitFullscreen();
    onClose();
  };
  return (
    <div className={css.wall} data-look="dark" data-stale={stale || undefined}>
      <header className={css.head}>
        <h1>{t('board.wall_title')}</h1>
        {stale && state.kind === 'lost' && <strong className={css.old}>{t('shell.reconnecting')} · {t('shell.figures_of', { time: formatTime(state.since) })}</strong>}
        <span className={`num ${css.time}`}>{formatTime(now)}</span>
        <ActionIcon variant="transparent" size={40} className={css.close ?? ''} onClick={close} aria-label={t('board.leave_wall')}><IconX size={26} /></ActionIcon>
      </header>
      <div className={css.figures}>
        <Big name={t('board.waiting_now')} alert={floor.waiting > 0}>{formatNumber(floor.waiting)}</Big>
        <Big name={t('board.longest')} alert={floor.waiting > 0}>{floor.longest_since ? <Since at={floor.longest_since} /> : '–'}</Big>
        <Big name={t('board.talking_now')}>{formatNumber(floor.talking)}</Big>
        <Big name={t('board.agents')}>{formatNumber(floor.agents_available)}<small> / {formatNumber(floor.agents_signed_in)}</small></Big>
        <Big name={t('board.answered')}>{formatNumber(floor.answered)}</Big>
        <Big name={t('board.abandoned')}>{formatNumber(floor.abandoned)}</Big>
      </div>
      <div className={css.clients}>{clients.map((client) => <Card key={client.id} client={client} />)}</div>
      <footer className={css.states}>
        {COUNTERS.filter((name) => name !== 'signed_out').map((name) => (
          <span key={name} style={{ color: `var(--${looks[name]})` }} data-none={counts[name] === 0 || undefined}>
            <strong className="num">{formatNumber(counts[name])}</strong> {t(`board.counter_${name}`)}
          </span>
        ))}
      </footer>
    </div>
  );
}

function Big({ name, children, alert = false }: { name: string; children: ReactNode; alert?: boolean }) {
  return <div className={css.big} data-alert={alert || undefined}><span>{name}</span><strong className="num">{children}</strong></div>;
}

function Card({ client }: { client: BoardClient }) {
  const t = useT();
  const { day } = client;
  const level = day.service_level_permille;
  return (
    <section className={css.card} aria-label={client.name}>
      <div className={css.cardHead}>
        <ClientTag initials={client.initials} hue={client.hue} size={36} />
        <h2>{client.name}</h2>
        <span>{client.open ? client.period : t('board.closed')}</span>
      </div>
      <div className={css.cardBody}>
        <strong className={`num ${css.level}`} data-state={typeof level === 'number' ? standing(level, client.target_percent) : undefined}>{formatPermille(level, 0)}</strong>
        <dl>
          <div><dt>{t('board.waiting_now')}</dt><dd className="num">{formatNumber(day.waiting)}</dd></div>
          <div><dt>{t('board.longest_short')}</dt><dd>{day.longest_since ? <Since at={day.longest_since} /> : '–'}</dd></div>
        </dl>
      </div>
      {typeof level === 'number' && <LevelBar permille={level} target={client.target_percent} />}
      <p className={css.target}>{t('board.target_short', { percent: client.target_percent, seconds: client.threshold_s })}</p>
    </section>
  );
}
