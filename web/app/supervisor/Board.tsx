import { IconLayoutDashboard } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';

import type { BoardSearch } from '../router';
import { useT } from '../i18n/t';
import { live } from '../live/hub';
import { useCell } from '../live/store';
import { Empty } from '../ui/Empty';
import { AgentGrid } from './AgentGrid';
import { Alerts } from './Alerts';
import css from './Board.module.css';
import { Clients } from './Clients';
import { Figures } from './Figures';
import { Waiting } from './Waiting';

// Opened over the board; not needed for its first look.
const AgentPanel = lazy(async () => ({ default: (await import('./AgentPanel')).AgentPanel }));
const Adherence = lazy(async () => ({ default: (await import('./Adherence')).Adherence }));
const WhyPanel = lazy(async () => ({ default: (await import('./WhyPanel')).WhyPanel }));
const Wall = lazy(async () => ({ default: (await import('./Wall')).Wall }));

/** Changes part of what the address says about the board. */
export function useBoardSearch(): [BoardSearch, (change: Partial<BoardSearch>) => void] {
  const search = useSearch({ from: '/frame/board' });
  const navigate = useNavigate();
  return [search, (change) => void navigate({ to: '/board', search: { ...search, ...change }, replace: true })];
}

/** The floor, live: figures, clients, who waits, and who works. */
export default function Board() {
  const t = useT();
  const hub = live();
  useEffect(() => hub.follow('board'), [hub]);
  const ready = useCell(hub.board.ready);
  const stale = useCell(hub.status).kind === 'lost';
  const [search, change] = useBoardSearch();

  if (!ready) return <Empty title={t(stale ? 'shell.reconnecting' : 'board.loading')} icon={<IconLayoutDashboard size={36} stroke={1.2} />} />;
  if (search.wall) return <Suspense><Wall stale={stale} onClose={() => change({ wall: undefined })} /></Suspense>;
  return (
    <div className={css.board} data-stale={stale || undefined}>
      <h1 className="visually-hidden">{t('shell.face_board')}</h1>
      <Alerts />
      <Figures />
      <div className={css.columns}>
        <div className={css.left}>
          <Clients />
          <Waiting />
          <Suspense><Adherence /></Suspense>
        </div>
        <div className={css.right}>
          <AgentGrid />
          <Suspense>
            {search.contact && <WhyPanel key={search.contact} contact={search.contact} onClose={() => change({ contact: undefined })} />}
            {!search.contact && search.agent && <AgentPanel key={search.agent} agent={search.agent} onClose={() => change({ agent: undefined })} />}
          </Suspense>
        </div>
      </div>
    </div>
  );
}
