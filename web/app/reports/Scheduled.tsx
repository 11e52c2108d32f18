// Reports that are made and mailed by themselves: the provider’s of any client, or a client’s own.
import { ActionIcon, Alert, Button, Group, Switch } from '@mantine/core';
import { infiniteQueryOptions, useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { IconArrowLeft, IconMailForward, IconPencil, IconPlus, IconSend, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { tellChanged } from '../admin/data';
import { dayName } from '../admin/parts/names';
import { Confirm, More, Page, Refusal, Table, Waiting } from '../admin/parts/Page';
import { get, path, post, put, request } from '../api/client';
import { useMe } from '../api/session';
import type { MailingList, MailingRun, MailingView } from '../api/types';
import { sayFault } from '../i18n/said';
import { formatDate, formatDateTime, needFace, useT } from '../i18n/t';
import { queries } from '../queries';
import { Empty } from '../ui/Empty';
import { showNote } from '../ui/toast';
import css from './Scheduled.module.css';
import { Form } from './ScheduledForm';

await Promise.all([needFace('admin'), needFace('scheduled')]);

/** What is on its way is looked at this often. */
const REFRESH_MS = 10_000;

const mailings = (at: string) =>
  infiniteQueryOptions({
    queryKey: ['mailings', at],
    queryFn: ({ pageParam, signal }) => get<MailingList>(at, pageParam ? { cursor: pageParam } : {}, signal),
    initialPageParam: '', getNextPageParam: (last) => last.next ?? undefined, refetchInterval: REFRESH_MS,
  });

export default function Scheduled() {
  const t = useT();
  const me = useMe();
  const at = me.client ? path`/clients/${me.client.id}/mailings` : '/mailings';
  const list = useInfiniteQuery(mailings(at));
  const [editing, setEditing] = useState<MailingView | 'new'>();
  const [removing, setRemoving] = useState<MailingView>();
  const changed = (message: string, id: string): void => {
    if (me.client) {
      void queries.invalidateQueries({ queryKey: ['mailings'] });
      showNote(message);
    } else {
      tellChanged(message, 'mailing', id, 'mailings');
    }
  };
  const act = useMutation({
    mutationFn: async ({ what, one }: { what: 'send' | 'switch' | 'remove'; one: MailingView }) => {
      if (what === 'send') await post<MailingView>(`${at}/${one.id}/send`);
      else if (what === 'switch') await put<MailingView>(`${at}/${one.id}`, { ...one, on: !one.on });
      else await request('DELETE', `${at}/${one.id}`);
    },
    meta: { quiet: true },
    onSuccess: (_, { what, one }) => {
      if (what === 'send') showNote(t('scheduled.sending', { name: one.name }));
      else changed(t(what === 'remove' ? 'scheduled.removed' : 'scheduled.saved', { name: one.name }), one.id);
    },
    onSettled: () => {
      setRemoving(undefined);
      void queries.invalidateQueries({ queryKey: ['mailings'] });
    },
  });
  const first = list.data?.pages[0];
  const rows = list.data?.pages.flatMap((page) => page.items);
  const make = <Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>{t('scheduled.new')}</Button>;
  // A client's people have no undo, so they are asked first.
  const remove = (one: MailingView): void => (me.client ? setRemoving(one) : act.mutate({ what: 'remove', one }));
  return (
    <Page
      title={t('scheduled.title')} why={t('scheduled.why')} actions={rows && rows.length > 0 ? make : undefined}
      before={<ActionIcon component={Link} to="/reports" variant="subtle" color="gray" aria-label={t('scheduled.back')}><IconArrowLeft size={18} /></ActionIcon>}
    >
      {first && !first.mail_on && <Alert color="warning" variant="light" title={t('scheduled.mail_off')}>{t('scheduled.mail_off_next')}</Alert>}
      {act.error && <Refusal error={act.error} reload={() => void list.refetch()} />}
      {!rows ? (
        <Waiting error={list.error} retry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={t('scheduled.none')} icon={<IconMailForward size={36} stroke={1.2} />} action={make}>{t('scheduled.none_next')}</Empty>
      ) : (
        <Table
          label={t('scheduled.title')}
          columns={[t('scheduled.name'), t('scheduled.when'), t('scheduled.to'), t('scheduled.next'), t('scheduled.last'), t('scheduled.on'), t('scheduled.act')]}
        >
          {rows.map((one) => (
            <tr key={one.id} className={one.on ? '' : css.off ?? ''}>
              <td>
                {one.name}
                <small className={css.under}>
                  {[...(me.client ? [] : [one.client_name ?? t('scheduled.all_clients'), ...(one.of_client ? [t('scheduled.by_client')] : [])]), t(`scheduled.${one.report.kind}`), t(`scheduled.format_${one.format}`)].join(' · ')}
                </small>
              </td>
              <td className={css.when}><When one={one} /></td>
              <td className={css.to}>{one.recipients.map((to) => <span key={to}>{to}</span>)}</td>
              <td className={`num ${css.when}`}>{one.next ? formatDateTime(one.next, one.zone) : t('scheduled.off')}</td>
              <td className={css.last}>{one.last ? <Run run={one.last} zone={one.zone} /> : <span className={css.dim}>{t('scheduled.never')}</span>}</td>
              <td>
                <Switch
                  aria-label={`${t('scheduled.on')}: ${one.name}`} checked={one.on} disabled={act.isPending && act.variables.one.id === one.id}
                  onChange={() => act.mutate({ what: 'switch', one })}
                />
              </td>
              <td>
                <Group gap={2} wrap="nowrap">
                  <ActionIcon
                    variant="subtle" color="gray" size={36} aria-label={t('scheduled.send_of', { name: one.name })} title={t('scheduled.send')} disabled={!first?.mail_on}
                    loading={act.isPending && act.variables.what === 'send' && act.variables.one.id === one.id} onClick={() => act.mutate({ what: 'send', one })}
                  >
                    <IconSend size={16} />
                  </ActionIcon>
                  <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('scheduled.edit', { name: one.name })} onClick={() => setEditing(one)}><IconPencil size={16} /></ActionIcon>
                  <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('scheduled.remove_of', { name: one.name })} onClick={() => remove(one)}><IconTrash size={16} /></ActionIcon>
                </Group>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More query={list} />
      {editing && (
        <Form
          at={at} mailing={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)}
          onSaved={(saved) => {
            changed(t('scheduled.saved', { name: saved.name }), saved.id);
            setEditing(undefined);
          }}
        />
      )}
      <Confirm
        title={t('scheduled.remove_sure', { name: removing?.name ?? '' })} why={t('scheduled.remove_why')} act={t('scheduled.remove')} opened={removing !== undefined}
        onClose={() => setRemoving(undefined)} onAct={() => { if (removing) act.mutate({ what: 'remove', one: removing }); }} busy={act.isPending}
      />
    </Page>
  );
}

/** How often, at which time of which zone. */
function When({ one: { rhythm, at, zone } }: { one: MailingView }) {
  const t = useT();
  const said =
    rhythm.kind === 'daily' ? t('scheduled.when_daily', { at })
    : rhythm.kind === 'weekly' ? t('scheduled.when_weekly', { day: dayName(rhythm.day), at })
    : t('scheduled.when_monthly', { day: String(rhythm.day), at });
  return <>{said}<small className={css.under}>{zone}</small></>;
}

/** What came of the last time. */
function Run({ run, zone }: { run: MailingRun; zone: string }) {
  const t = useT();
  const failure = run.failure ? sayFault(run.failure) : undefined;
  const told = [
    ...(run.sent > 0 ? [t('scheduled.sent', { count: run.sent })] : []), ...(run.waiting > 0 ? [t('scheduled.waiting', { count: run.waiting })] : []),
    ...(run.cancelled > 0 ? [t('scheduled.cancelled', { count: run.cancelled })] : []),
  ];
  return (
    <>
      <span className="num">{formatDateTime(run.at, zone)}</span>
      {told.length > 0 && <span>, {told.join(', ')}</span>}
      {run.failed > 0 && <span className={css.refused}>, {t('scheduled.failed', { count: run.failed })}</span>}
      {failure && <small className={css.failure} role="note">{failure.message} {failure.next}</small>}
      <small className={css.under}>
        {run.from === run.through ? formatDate(run.from) : t('scheduled.days', { from: formatDate(run.from), through: formatDate(run.through) })}
        {run.by && ` · ${t('scheduled.by_hand', { name: run.by })}`}
      </small>
    </>
  );
}
