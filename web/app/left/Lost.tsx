import { Button } from '@mantine/core';
import { IconPhoneCheck } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { api } from '../api/client';
import { useMe } from '../api/session';
import type { FollowUpOutcome } from '../api/types';
import { useT } from '../i18n/t';
import { serverNow } from '../live/clock';
import { Export } from '../reports/Export';
import { today } from '../ui/day';
import { Empty } from '../ui/Empty';
import { KeyHint } from '../ui/KeyHint';
import { useAsked } from './asked';
import { Bar } from './Bar';
import css from './Left.module.css';
import { LostContact, rights } from './LostContact';
import { useLost, useLostStep } from './useLost';
import { useRows } from './useRows';

/** Customers who were lost and can be reached: taken by one agent, called back, done with. */
export function Lost() {
  const t = useT();
  const me = useMe();
  const search = useSearch({ from: '/frame/left-messages' });
  const navigate = useNavigate();
  const step = useLostStep();
  const [closing, setClosing] = useState<{ contact: string; outcome: FollowUpOutcome }>();
  const asked = useAsked();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useLost(asked);
  const rows = data?.pages.flatMap((page) => page?.items ?? []) ?? [];
  const { at, bind, focus } = useRows(rows.length, (place) => {
    const current = rows[place];
    const close = (outcome: FollowUpOutcome) => () => {
      if (current && rights(me, current).close) setClosing({ contact: current.contact, outcome });
    };
    return {
      KeyT: () => {
        if (current && rights(me, current).take) step.mutate({ lost: current, what: 'take' });
      },
      KeyD: close('reached'),
      KeyX: close('excused'),
    };
  });
  const fetchAs = async (accept: string) => (await api.GET('/api/v1/follow-ups', { params: { query: asked }, headers: { accept }, parseAs: 'blob' })).data;
  const searched = search.find !== undefined || search.day !== undefined;
  return (
    <div className={css.page}>
      <Bar>
        {me.agent && rows.length > 0 && (
          <span className={css.keys} aria-hidden>
            <KeyHint>↑ ↓</KeyHint> {t('left.key_move')} <KeyHint>T</KeyHint> {t('left.take')} <KeyHint>D</KeyHint> {t('left.reached')} <KeyHint>X</KeyHint> {t('left.excuse')}
          </span>
        )}
        <Export name={`permanence-lost-${search.day ?? today(me.zone, serverNow())}`} disabled={rows.length === 0} fetchAs={fetchAs} only="csv" />
      </Bar>
      <section className={css.list} aria-label={t('left.title')}>
        {error && rows.length === 0 && <Empty title={error.message} />}
        {data && rows.length === 0 && (
          <Empty
            title={t(searched ? 'left.none_found' : search.all ? 'left.lost_none' : 'left.lost_none_open')} icon={<IconPhoneCheck size={36} stroke={1.2} />}
            action={search.all ? undefined : <Button variant="default" onClick={() => void navigate({ to: '/left-messages', search: { ...search, all: true }, replace: true })}>{t('left.show_all')}</Button>}
          >
            {searched ? null : t('left.lost_text')}
          </Empty>
        )}
        {rows.map((lost, i) => (
          <LostContact
            key={lost.contact} lost={lost} current={i === at} closing={closing?.contact === lost.contact ? closing.outcome : undefined} {...bind(i)}
            onClosing={(outcome) => {
              setClosing(outcome && { contact: lost.contact, outcome });
              if (!outcome) focus(i);
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
