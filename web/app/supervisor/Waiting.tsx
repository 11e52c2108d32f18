import { Button } from '@mantine/core';
import { IconClockHour9, IconHandStop } from '@tabler/icons-react';
import { memo, useCallback, useEffect, useRef } from 'react';

import type { BoardClient, BoardContact, Id } from '../api/types';
import { useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { live } from '../live/hub';
import { useCell, useRows } from '../live/store';
import { ChannelIcon } from '../ui/ChannelIcon';
import { ClientTag } from '../ui/ClientTag';
import { Empty } from '../ui/Empty';
import { Since, Until } from '../ui/Timer';
import { useBoardSearch } from './Board';
import panel from './panel.module.css';
import css from './Waiting.module.css';

/** Who waits, longest first, and why. */
export function Waiting() {
  const t = useT();
  const { board } = live();
  const all = useRows(board.waiting);
  const clients = useRows(board.clients);
  const queues = useRows(board.queues);
  const total = useCell(board.floor).waiting;
  const [{ client, contact: chosen }, change] = useBoardSearch();
  // One function for all rows and all renderings: a row is drawn again only when it has changed.
  const latest = useRef({ chosen, change });
  useEffect(() => {
    latest.current = { chosen, change };
  });
  const why = useCallback((id: Id) => {
    const { chosen: now, change: go } = latest.current;
    go({ contact: id === now ? undefined : id, agent: undefined });
  }, []);
  const rows = all
    .filter((row) => client === undefined || row.client === client)
    // Those who wait for the opening expect to; they stand below.
    .sort((a, b) => Number(a.for_opening) - Number(b.for_opening) || a.since.localeCompare(b.since) || a.id.localeCompare(b.id));
  return (
    <section className={`${panel.box} ${css.waiting}`} aria-labelledby="waiting">
      <header className={panel.head}>
        <h2 id="waiting">{t('board.waiting_contacts')}</h2>
        <span className={`num ${css.count}`}>{rows.length}</span>
        {total > all.length && <span className={css.more}>{t('board.more_waiting', { count: total - all.length })}</span>}
      </header>
      <div className={panel.scroll} tabIndex={-1}>
        {rows.length === 0 ? <Empty title={t('board.nobody_waits')} icon={<IconHandStop size={28} stroke={1.2} />} /> : (
          <table className={panel.table}>
            <thead>
              <tr>
                <th scope="col">{t('board.client')}</th>
                <th scope="col">{t('board.queue')}</th>
                <th scope="col" className={panel.right}>{t('board.waits')}</th>
                <th scope="col" className={panel.right}>{t('board.breach')}</th>
                <th scope="col">{t('board.state')}</th>
                <th scope="col"><span className="visually-hidden">{t('board.why')}</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row
                  key={row.id} row={row} client={clients.find(({ id }) => id === row.client)} queue={queues.find(({ id }) => id === row.queue)?.name ?? ''}
                  chosen={row.id === chosen} onWhy={why}
                />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

const Row = memo(function Row({ row, client, queue, chosen, onWhy }: {
  row: BoardContact; client: BoardClient | undefined; queue: string; chosen: boolean; onWhy: (contact: Id) => void;
}) {
  const t = useT();
  const marks = [
    row.rings_at ? t('board.rings_at', { name: row.rings_at }) : false,
    row.for_opening && t('board.for_opening'),
    row.overflow && t('board.overflow'),
    row.offers > 0 && t('board.offers', { count: row.offers }),
  ].filter((mark) => mark !== false);
  return (
    <tr data-chosen={chosen || undefined} className={css.row}>
      <td>
        <span className={css.client}>
          {client && <ClientTag initials={client.initials} hue={client.hue} />}
          <ChannelIcon channel={row.channel} />
          <span className={css.name}>{client?.name}</span>
        </span>
      </td>
      <td><span className={css.name}>{queue}</span> <span className={css.lang}>{row.language.toUpperCase()}</span></td>
      <td className={panel.right}><Since at={row.since} className={css.clock} /></td>
      <td className={panel.right}>{row.for_opening ? <IconClockHour9 size={14} aria-hidden /> : <Breach at={row.breaches_at} />}</td>
      <td className={css.marks}>{marks.join(' · ')}</td>
      <td className={panel.right}>
        <Button size="compact-xs" variant={chosen ? 'filled' : 'light'} aria-pressed={chosen} onClick={() => onWhy(row.id)}>{t('board.why')}</Button>
      </td>
    </tr>
  );
});

/** Time left until the promise is broken, or since. */
function Breach({ at }: { at: string }) {
  const t = useT();
  const late = useNow() >= Date.parse(at);
  return late
    ? <span className={css.late} title={t('board.breached')}>+<Since at={at} /></span>
    : <span className={css.left} title={t('board.in_time')}>−<Until at={at} /></span>;
}
