import { ActionIcon, Button, Group, Timeline } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconArrowBarToUp, IconPhoneOff, IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

import { get, path, post } from '../api/client';
import { leads, useMe } from '../api/session';
import type { Id, WhyView } from '../api/types';
import { formatSeconds, useT } from '../i18n/t';
import { live } from '../live/hub';
import { useRows } from '../live/store';
import { ClientTag } from '../ui/ClientTag';
import { Empty } from '../ui/Empty';
import { Since, Until } from '../ui/Timer';
import { showNote } from '../ui/toast';
import panel from './panel.module.css';
import { decisionWords, whyWords } from './why';
import css from './WhyPanel.module.css';

/** Why a contact waits, from the decisions about it, and what a lead can do. */
export function WhyPanel({ contact, onClose }: { contact: Id; onClose: () => void }) {
  const t = useT();
  const { board } = live();
  const may = leads(useMe());
  const row = useRows(board.waiting).find(({ id }) => id === contact);
  const client = useRows(board.clients).find(({ id }) => id === row?.client);
  const { data, error, isPending } = useQuery({
    queryKey: ['why', contact],
    queryFn: ({ signal }) => get<WhyView>(path`/board/contacts/${contact}/why`, undefined, signal),
    staleTime: 0,
    refetchInterval: row ? 3000 : false,
  });
  const expedite = useMutation({
    mutationFn: () => post(path`/board/contacts/${contact}/expedite`),
    onSuccess: () => showNote(t('board.expedited')),
  });
  const cancel = useMutation({
    mutationFn: () => post(path`/board/contacts/${contact}/cancel-callback`),
    onSuccess: () => showNote(t('board.callback_cancelled')),
  });
  const most = Math.max(1, ...(data?.reasons ?? []).map(({ agents }) => agents));
  return (
    <aside className={panel.drawer} aria-labelledby="why">
      <header className={panel.head}>
        {client && <ClientTag initials={client.initials} hue={client.hue} />}
        <h2 id="why">{row ? t('board.why_title', { client: client?.name ?? '' }) : t('board.why_past')}</h2>
        {row && <span className={css.clock}><Since at={row.since} /></span>}
        <span className={css.space} />
        <ActionIcon variant="subtle" color="gray" size={28} onClick={onClose} aria-label={t('shell.close')}><IconX size={16} /></ActionIcon>
      </header>
      <div className={panel.body}>
        {isPending && <Empty title={t('shell.loading')} />}
        {error && !data && <Empty title={error.message} />}
        {data && (
          <>
            <section className={panel.part}>
              <p className={css.sentence}>{whyWords(data)}</p>
              {typeof data.ahead === 'number' && <p className={css.fact}>{t('board.ahead', { count: data.ahead })}</p>}
              {data.next && <p className={css.fact}>{t('board.next_in')} <Until at={data.next.at} />: {t(`board.change_${data.next.code}`)}</p>}
              <Group gap="xs" mt="sm">
                {row && (
                  <Button variant="light" leftSection={<IconArrowBarToUp size={14} />} loading={expedite.isPending} disabled={!may} title={may ? undefined : t('board.leads_only')} onClick={() => expedite.mutate()}>
                    {t('board.expedite')}
                  </Button>
                )}
                {data.callback && (
                  <Button variant="light" color="red" leftSection={<IconPhoneOff size={14} />} loading={cancel.isPending} disabled={!may} title={may ? undefined : t('board.leads_only')} onClick={() => cancel.mutate()}>
                    {t('board.cancel_callback')}
                  </Button>
                )}
                <Button variant="default" component={Link} to={`/contacts/${contact}`}>{t('board.whole_way')}</Button>
              </Group>
            </section>
            {data.reasons.length > 0 && (
              <section className={panel.part} aria-labelledby="why-reasons">
                <h3 id="why-reasons">{t('board.who_could_not')}</h3>
                <ul className={css.reasons}>
                  {data.reasons.map(({ code, agents }) => (
                    <li key={code}>
                      <span className={`num ${css.number}`}>{agents}</span>
                      <span className={css.reason}>
                        {t(`board.not_${code}`)}
                        <span className={css.bar} style={{ width: `${(agents / most) * 100}%` }} aria-hidden />
                      </span>
                    </li>
                  ))}
                </ul>
              </section>
            )}
            {data.agents.length > 0 && (
              <section className={panel.part} aria-labelledby="why-agents">
                <h3 id="why-agents">{t('board.each_agent')}</h3>
                <ul className={css.agents}>
                  {data.agents.map(({ agent, name, code }) => <li key={agent}><strong>{name}</strong> <span>{t(`board.not_${code}`)}</span></li>)}
                </ul>
              </section>
            )}
            <section className={panel.part} aria-labelledby="why-decisions">
              <h3 id="why-decisions">{t('board.decisions')}</h3>
              {data.decisions.length === 0 ? <p className={css.fact}>{t('board.no_decisions')}</p> : (
                <Timeline bulletSize={10} lineWidth={1}>
                  {data.decisions.map((decision) => (
                    <Timeline.Item key={`${decision.at} ${decision.agent}`}>
                      <span className={`num ${css.at}`}>{formatSeconds(decision.at)}</span> {decisionWords(decision)}
                      {decision.outcome && <span className={css.outcome}> {t(`board.outcome_${decision.outcome}`)}</span>}
                    </Timeline.Item>
                  ))}
                </Timeline>
              )}
            </section>
          </>
        )}
      </div>
    </aside>
  );
}
