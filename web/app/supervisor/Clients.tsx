import { ActionIcon, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Fragment, memo, useState } from 'react';

import type { BoardClient, BoardQueue, DayFigures, Id } from '../api/types';
import { formatNumber, formatPermille, formatSpan, formatTime, useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { live } from '../live/hub';
import { useRows } from '../live/store';
import { ClientTag } from '../ui/ClientTag';
import { Empty } from '../ui/Empty';
import { LevelBar } from '../ui/LevelBar';
import { Sparkline } from '../ui/Sparkline';
import { Since } from '../ui/Timer';
import { useBoardSearch } from './Board';
import css from './Clients.module.css';
import panel from './panel.module.css';
import { useFormula } from './useFormula';

/** The clients with the period in force, the level against its target, and the last two hours. */
export function Clients() {
  const t = useT();
  const { board } = live();
  const clients = [...useRows(board.clients)].sort((a, b) => a.name.localeCompare(b.name));
  const queues = useRows(board.queues);
  const [{ client: chosen }, change] = useBoardSearch();
  const [open, setOpen] = useState<ReadonlySet<Id>>(new Set());
  const toggle = (client: Id): void => {
    const next = new Set(open);
    if (!next.delete(client)) next.add(client);
    setOpen(next);
  };
  return (
    <section className={`${panel.box} ${css.clients}`} aria-labelledby="clients">
      <header className={panel.head}>
        <h2 id="clients">{t('board.clients')}</h2>
        {chosen && (
          <button type="button" className={css.chip} onClick={() => change({ client: undefined })}>
            {clients.find(({ id }) => id === chosen)?.name ?? t('board.one_client')} <IconX size={12} aria-hidden />
            <span className="visually-hidden">{t('board.all_clients')}</span>
          </button>
        )}
      </header>
      <div className={panel.scroll} tabIndex={-1}>
        {clients.length === 0 ? <Empty title={t('board.no_clients')}>{t('board.no_clients_next')}</Empty> : (
          <table className={panel.table}>
            <thead>
              <tr>
                <th scope="col">{t('board.client')}</th>
                <th scope="col">{t('board.level')}</th>
                <th scope="col" className={panel.right}>{t('board.waiting_now')}</th>
                <th scope="col" className={panel.right}>{t('board.longest_short')}</th>
                <th scope="col" className={panel.right}>{t('board.offered')}</th>
                <th scope="col" className={panel.right}>{t('board.abandoned_short')}</th>
                <th scope="col">{t('board.two_hours')}</th>
              </tr>
            </thead>
            <tbody>
              {clients.map((client) => (
                <Fragment key={client.id}>
                  <ClientRow client={client} chosen={client.id === chosen} open={open.has(client.id)} onToggle={toggle} onChoose={(id) => change({ client: id === chosen ? undefined : id })} />
                  {open.has(client.id) && queues.filter((queue) => queue.client === client.id).map((queue) => <QueueRow key={queue.id} queue={queue} client={client} />)}
                </Fragment>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

const ClientRow = memo(function ClientRow({ client, chosen, open, onToggle, onChoose }: {
  client: BoardClient; chosen: boolean; open: boolean; onToggle: (id: Id) => void; onChoose: (id: Id) => void;
}) {
  const t = useT();
  return (
    <tr data-chosen={chosen || undefined} className={css.row}>
      <td>
        <div className={css.client}>
          <ActionIcon
            variant="transparent" color="gray" size={24} aria-expanded={open} aria-label={t('board.show_queues', { client: client.name })}
            onClick={() => onToggle(client.id)}
          >
            {open ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
          </ActionIcon>
          <ClientTag initials={client.initials} hue={client.hue} size={24} />
          <div className={css.names}>
            <button type="button" className={css.name} aria-pressed={chosen} onClick={() => onChoose(client.id)}>{client.name}</button>
            <span className={css.period}>
              {client.open
                ? <>{client.model === 'hybrid' ? t('board.hybrid_now', { service: t(client.service === 'dedicated' ? 'board.dedicated' : 'board.shared') }) : t(client.model === 'dedicated' ? 'board.dedicated' : 'board.shared')}{client.period && ` · ${client.period}`}</>
                : t('board.closed')}
              {client.presence && ` · ${t(`board.said_${client.presence.answers}`, { until: formatTime(client.presence.until) })}`}
            </span>
          </div>
        </div>
      </td>
      <LevelCell client={client} day={client.day} />
      <DayCells day={client.day} threshold={client.threshold_s} client={client.id} />
    </tr>
  );
});

const QueueRow = memo(function QueueRow({ queue, client }: { queue: BoardQueue; client: BoardClient }) {
  const t = useT();
  return (
    <tr className={css.queue}>
      <td>
        <div className={css.queueName}>
          <span>{queue.name}</span>
          <span className={`num ${css.period}`}>{t('board.staffed', { available: queue.agents_available, staffed: queue.agents_staffed })}</span>
        </div>
      </td>
      <LevelCell client={client} day={queue.day} />
      <DayCells day={queue.day} threshold={client.threshold_s} client={client.id} />
    </tr>
  );
});

function LevelCell({ client, day }: { client: BoardClient; day: DayFigures }) {
  const t = useT();
  const formula = useFormula();
  const level = day.service_level_permille;
  const how = `${t('board.target', { percent: client.target_percent, seconds: client.threshold_s })} ${formula(client.formula)}`;
  return (
    <td>
      <Tooltip label={how}>
        <div className={css.level}>
          <span className={`num ${css.percent}`}>{formatPermille(level, 0)}</span>
          {level === null || level === undefined
            ? <span className={css.period}>{t('board.target_short', { percent: client.target_percent, seconds: client.threshold_s })}</span>
            : <LevelBar permille={level} target={client.target_percent} />}
          <span className="visually-hidden">{how}</span>
        </div>
      </Tooltip>
    </td>
  );
}

function DayCells({ day, threshold, client }: { day: DayFigures; threshold: number; client: Id }) {
  const t = useT();
  return (
    <>
      <td className={`num ${panel.right}`} data-some={day.waiting > 0 || undefined}>{formatNumber(day.waiting)}</td>
      <td className={panel.right}>{day.longest_since ? <Wait since={day.longest_since} thresholdMs={threshold * 1000} /> : <span className={css.none}>–</span>}</td>
      <td className={`num ${panel.right}`}>
        <Tooltip label={day.wait_mean_ms === null || day.wait_mean_ms === undefined ? t('board.how_offered') : t('board.wait_mean', { mean: formatSpan(day.wait_mean_ms), p90: formatSpan(day.wait_p90_ms ?? 0) })}>
          <Link to="/contacts" search={{ client }} className={css.link ?? ''}>{formatNumber(day.offered)}</Link>
        </Tooltip>
      </td>
      <td className={`num ${panel.right}`}>
        <Tooltip label={t('board.of_them_short', { count: day.short_abandoned, share: formatPermille(day.abandonment_permille) })}><span>{formatNumber(day.abandoned)}</span></Tooltip>
      </td>
      <td><Sparkline all={day.recent_offered ?? []} good={day.recent_in_time ?? []} /></td>
    </>
  );
}

function Wait({ since, thresholdMs }: { since: string; thresholdMs: number }) {
  const late = useNow() - Date.parse(since) > thresholdMs;
  return <Since at={since} className={late ? css.late : css.soon} />;
}
