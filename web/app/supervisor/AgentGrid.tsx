import { TextInput } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconSearch } from '@tabler/icons-react';
import { memo, useEffect, useRef, useState, type KeyboardEvent } from 'react';

import type { BoardAgent, BoardClient } from '../api/types';
import { formatNumber, formatPermille, useT, type Key } from '../i18n/t';
import { live } from '../live/hub';
import { useRows } from '../live/store';
import { ClientTag } from '../ui/ClientTag';
import { Empty } from '../ui/Empty';
import { lookOf, StatePill, useStateWords } from '../ui/StatePill';
import { Since } from '../ui/Timer';
import css from './AgentGrid.module.css';
import { useBoardSearch } from './Board';
import { compare, count, COUNTERS, passes, type Counter, type Sort } from './filter';
import panel from './panel.module.css';
import { useSteadyOrder } from './useSteadyOrder';

const ROW = 34;

const looks: Record<Counter, string> = {
  available: 'available', offered: 'offered', talking: 'talking', holding: 'holding', wrap_up: 'wrap-up', away: 'away',
  no_answer: 'fault', signed_out: 'out',
};

const columns: readonly { sort: Sort; name: Key; end?: boolean }[] = [
  { sort: 'name', name: 'board.agent' },
  { sort: 'state', name: 'board.state' },
  { sort: 'time', name: 'board.since', end: true },
  { sort: 'answered', name: 'board.answered_short', end: true },
  { sort: 'occupancy', name: 'board.busy', end: true },
];

/** The agents, live. Only the rows in sight are drawn, so it has a filter of its own for Ctrl+F. */
export function AgentGrid() {
  const t = useT();
  const { board } = live();
  const agents = useRows(board.agents);
  const clients = useRows(board.clients);
  const [{ state, find, client, agent: chosen }, change] = useBoardSearch();
  // The address follows a moment later; the field must not wait for it.
  const [typed, setTyped] = useState(find ?? '');
  const [sort, setSort] = useState<Sort>('name');
  const [at, setAt] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const counts = count(agents);
  const { rows, pause } = useSteadyOrder(agents.filter((agent) => passes(agent, { state, find, client })), compare(sort), `${sort} ${state} ${find} ${client}`);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 8, initialRect: { width: 480, height: 480 } });
  const focus = Math.min(at, Math.max(0, rows.length - 1));

  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent): void => {
      // The second press, with the filter in focus, is the browser's own search.
      if (!(event.ctrlKey || event.metaKey) || event.code !== 'KeyF' || document.activeElement === search.current) return;
      event.preventDefault();
      search.current?.focus();
      search.current?.select();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);

  const go = (to: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus());
  };
  const press = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW) - 1);
    const moves: Record<string, number> = { ArrowDown: focus + 1, ArrowUp: focus - 1, PageDown: focus + page, PageUp: focus - page, Home: 0, End: rows.length - 1 };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };

  return (
    <section className={`${panel.box} ${css.agents}`} aria-labelledby="agents">
      <header className={panel.head}>
        <h2 id="agents">{t('board.agents_title')}</h2>
        <TextInput
          ref={search} className={css.find ?? ''} leftSection={<IconSearch size={13} />} aria-label={t('board.find_agent')} placeholder={t('board.find_agent')}
          aria-keyshortcuts="Control+F" value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            change({ find: event.currentTarget.value || undefined });
          }}
        />
      </header>
      <div className={css.counters} role="toolbar" aria-label={t('board.by_state')}>
        {COUNTERS.map((name) => (
          <button
            key={name} type="button" className={css.counter} aria-pressed={state === name} data-none={counts[name] === 0 || undefined}
            style={{ color: `var(--${looks[name]})`, background: `var(--${looks[name]}-bg)` }}
            onClick={() => change({ state: state === name ? undefined : name })}
          >
            <strong className="num">{formatNumber(counts[name])}</strong> {t(`board.counter_${name}`)}
          </button>
        ))}
      </div>
      <div
        ref={scroller} className={css.grid} role="grid" aria-labelledby="agents" aria-rowcount={rows.length + 1} onKeyDown={press}
        onPointerEnter={() => pause(true)} onPointerLeave={() => pause(false)} onFocus={() => pause(true)} onBlur={() => pause(false)}
        tabIndex={-1}
      >
        <div className={css.headRow} role="row" aria-rowindex={1} tabIndex={-1}>
          {columns.map(({ sort: by, name, end }) => (
            <div key={by} role="columnheader" tabIndex={-1} aria-sort={sort === by ? 'ascending' : 'none'} className={end ? css.end : undefined}>
              <button type="button" className={css.sort} data-by={sort === by || undefined} onClick={() => setSort(by)}>{t(name)}</button>
            </div>
          ))}
        </div>
        {rows.length === 0 && <Empty title={t('board.no_agents')} />}
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const agent = rows[index];
            return agent && (
              <AgentRow
                key={agent.id} agent={agent} clients={clients} index={index} top={start} tab={index === focus ? 0 : -1} chosen={agent.id === chosen}
                onOpen={() => change({ agent: agent.id, contact: undefined })} onFocus={() => setAt(index)}
              />
            );
          })}
        </div>
      </div>
    </section>
  );
}

type RowProps = {
  agent: BoardAgent; clients: readonly BoardClient[]; index: number; top: number; tab: 0 | -1; chosen: boolean; onOpen: () => void; onFocus: () => void;
};

const AgentRow = memo(
  function AgentRow({ agent, clients, index, top, tab, chosen, onOpen, onFocus }: RowProps) {
    const words = useStateWords();
    const { state } = agent;
    return (
      <div
        role="row" aria-rowindex={index + 2} aria-selected={chosen} data-at={index} data-look={undefined} tabIndex={tab} className={css.row}
        style={{ transform: `translateY(${top}px)`, height: ROW }} data-loud={lookOf(state) === 'fault' || undefined}
        onClick={onOpen} onFocus={onFocus}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onOpen();
        }}
      >
        <div role="gridcell" tabIndex={-1} className={css.name} title={agent.name}>{agent.name}</div>
        <div role="gridcell" tabIndex={-1} className={css.state}>
          <StatePill state={state} />
          {agent.contacts.slice(0, 3).map((contact) => {
            const client = clients.find(({ id }) => id === contact.client);
            return client && <ClientTag key={contact.contact} initials={client.initials} hue={client.hue} size={18} />;
          })}
          {agent.next && <span className={css.next}>→ {words(agent.next.kind === 'sign_out' ? { kind: 'signed_out' } : agent.next)}</span>}
        </div>
        <div role="gridcell" tabIndex={-1} className={css.end} data-limit={agent.contacts.some(({ over_limit }) => over_limit) || undefined}>
          {state.kind === 'signed_out' ? '' : <Since at={state.since} />}
        </div>
        <div role="gridcell" tabIndex={-1} className={`num ${css.end}`}>{formatNumber(agent.answered)}</div>
        <div role="gridcell" tabIndex={-1} className={`num ${css.end}`}>{formatPermille(agent.occupancy_permille, 0)}</div>
      </div>
    );
  },
  // The functions are new each time and do the same.
  (a, b) => a.agent === b.agent && a.clients === b.clients && a.top === b.top && a.tab === b.tab && a.chosen === b.chosen && a.index === b.index,
);
