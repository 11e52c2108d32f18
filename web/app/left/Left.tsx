import { Button, SegmentedControl, Select } from '@mantine/core';
import { IconMailOpened } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { useKeys } from '../agent/keys';
import { useMe } from '../api/session';
import { needFace, useT } from '../i18n/t';
import type { LeftSearch } from '../router';
import { Empty } from '../ui/Empty';
import { KeyHint } from '../ui/KeyHint';
import css from './Left.module.css';
import { Message, rights } from './Message';
import { useChoices, useLeft, useStep } from './useLeft';

await needFace('left');

/** Messages that customers left outside the hours: taken by one agent, answered, done with. */
export default function Left() {
  const t = useT();
  const me = useMe();
  const search = useSearch({ from: '/frame/left-messages' });
  const navigate = useNavigate();
  const clients = useChoices();
  const step = useStep();
  const [place, setPlace] = useState(0);
  const [answering, setAnswering] = useState<string>();
  const list = useRef<(HTMLElement | null)[]>([]);
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useLeft(search);
  const rows = data?.pages.flatMap((page) => page?.items ?? []) ?? [];
  const open = data?.pages[0]?.open ?? 0;
  const at = Math.min(place, Math.max(0, rows.length - 1));
  const current = rows[at];
  const change = (next: Partial<LeftSearch>): void => void navigate({ to: '/left-messages', search: { ...search, ...next }, replace: true });
  const go = (to: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setPlace(next);
    list.current[next]?.focus();
  };
  useKeys({
    ArrowDown: () => go(document.activeElement === list.current[at] ? at + 1 : at),
    ArrowUp: () => go(at - 1),
    KeyT: () => {
      if (current && current.may_answer && rights(me, current).take) step.mutate({ left: current, what: 'take' });
    },
    KeyD: () => {
      if (current && rights(me, current).answer) setAnswering(current.message);
    },
  });
  // A message that is done leaves the list; the keyboard goes on with the one in its place.
  const count = rows.length;
  const before = useRef(count);
  useEffect(() => {
    if (count < before.current && document.activeElement === document.body) list.current[Math.min(place, count - 1)]?.focus();
    before.current = count;
  }, [count, place]);
  return (
    <div className={css.page}>
      <header className={css.bar}>
        <h1>{t('left.title')}</h1>
        <SegmentedControl
          aria-label={t('left.which')} value={search.all ? 'all' : 'open'} onChange={(value) => change({ all: value === 'all' || undefined })}
          data={[{ value: 'open', label: t('left.open', { count: open }) }, { value: 'all', label: t('left.all') }]}
        />
        {!me.client && (
          <Select
            w={210} searchable clearable aria-label={t('reports.client')} placeholder={t('reports.all_clients')} value={search.client ?? null}
            data={clients.map(({ id, name }) => ({ value: id, label: name }))} onChange={(value) => change({ client: value ?? undefined })}
          />
        )}
        {me.agent && rows.length > 0 && (
          <span className={css.keys} aria-hidden><KeyHint>↑ ↓</KeyHint> {t('left.key_move')} <KeyHint>T</KeyHint> {t('left.take')} <KeyHint>D</KeyHint> {t('left.done')}</span>
        )}
      </header>
      <section className={css.list} aria-label={t('left.title')}>
        {error && rows.length === 0 && <Empty title={error.message} />}
        {data && rows.length === 0 && (
          <Empty
            title={t(search.all ? 'left.none' : 'left.none_open')} icon={<IconMailOpened size={36} stroke={1.2} />}
            action={search.all ? undefined : <Button variant="default" onClick={() => change({ all: true })}>{t('left.show_all')}</Button>}
          >
            {t(me.client ? 'left.none_client_text' : 'left.none_text')}
          </Empty>
        )}
        {rows.map((left, i) => (
          <Message
            key={left.message} left={left} current={i === at} answering={answering === left.message} onFocus={() => setPlace(i)}
            onAnswering={(next) => {
              setAnswering(next ? left.message : undefined);
              if (!next) list.current[i]?.focus();
            }}
            ref={(element) => {
              list.current[i] = element;
            }}
          />
        ))}
        {hasNextPage && (
          <div className={css.more}><Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t('reports.more')}</Button></div>
        )}
      </section>
    </div>
  );
}
