import { Button, Group } from '@mantine/core';
import { IconMailOpened } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { useMe } from '../api/session';
import { needFace, useT } from '../i18n/t';
import { Empty } from '../ui/Empty';
import { KeyHint } from '../ui/KeyHint';
import { useAsked } from './asked';
import { Bar } from './Bar';
import css from './Left.module.css';
import { Lost } from './Lost';
import { Message, rights } from './Message';
import { useLeft, useOpenCount, useStep } from './useLeft';
import { useRows } from './useRows';

await needFace('left');

/** Messages that customers left, and customers who were lost: taken by one agent, answered, done with. */
export default function Left() {
  const { lost } = useSearch({ from: '/frame/left-messages' });
  return lost ? <Lost /> : <Messages />;
}

function Messages() {
  const t = useT();
  const me = useMe();
  const search = useSearch({ from: '/frame/left-messages' });
  const navigate = useNavigate();
  const step = useStep();
  const [answering, setAnswering] = useState<string>();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useLeft(useAsked());
  const rows = data?.pages.flatMap((page) => page?.items ?? []) ?? [];
  const { at, bind, focus } = useRows(rows.length, (place) => {
    const current = rows[place];
    return {
      KeyT: () => {
        if (current && current.may_answer && rights(me, current).take) step.mutate({ left: current, what: 'take' });
      },
      KeyD: () => {
        if (current && rights(me, current).answer) setAnswering(current.message);
      },
    };
  });
  const searched = search.find !== undefined || search.day !== undefined;
  // The number beside the room counts both; whoever came for it is led on.
  const { lost } = useOpenCount();
  return (
    <div className={css.page}>
      <Bar>
        {me.agent && rows.length > 0 && (
          <span className={css.keys} aria-hidden><KeyHint>↑ ↓</KeyHint> {t('left.key_move')} <KeyHint>T</KeyHint> {t('left.take')} <KeyHint>D</KeyHint> {t('left.done')}</span>
        )}
      </Bar>
      <section className={css.list} aria-label={t('left.title')}>
        {error && rows.length === 0 && <Empty title={error.message} />}
        {data && rows.length === 0 && !hasNextPage && (
          <Empty
            title={t(searched ? 'left.none_found' : search.all ? 'left.none' : 'left.none_open')} icon={<IconMailOpened size={36} stroke={1.2} />}
            action={search.all ? undefined : (
              <Group gap="xs" justify="center">
                {!searched && lost > 0 && <Button onClick={() => void navigate({ to: '/left-messages', search: { lost: true } })}>{t('left.lost_lead', { n: lost })}</Button>}
                <Button variant="default" onClick={() => void navigate({ to: '/left-messages', search: { ...search, all: true }, replace: true })}>{t('left.show_all')}</Button>
              </Group>
            )}
          >
            {searched ? null : t(me.client ? 'left.none_client_text' : 'left.none_text')}
          </Empty>
        )}
        {rows.map((left, i) => (
          <Message
            key={left.message} left={left} current={i === at} answering={answering === left.message} {...bind(i)}
            onAnswering={(next) => {
              setAnswering(next ? left.message : undefined);
              if (!next) focus(i);
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
