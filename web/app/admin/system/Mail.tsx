// Mail that the server sends: what waits, what went out, what came back, and why.
import { Alert, Button, Code, Group, SegmentedControl, TextInput } from '@mantine/core';
import { IconMailForward } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { get, path, post } from '../../api/client';
import { useMe } from '../../api/session';
import type { MailList, MailStateView, MailView } from '../../api/types';
import { formatDateTime, needFace, useT } from '../../i18n/t';
import { queries } from '../../queries';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { Word } from '../../ui/Word';
import { faultAt } from '../parts/faults';
import { faultsOf, FormModal, More, Page, Refusal, Section, Table, Waiting } from '../parts/Page';
import css from './Mail.module.css';

await needFace('mail');

const STATES = ['queued', 'failed', 'cancelled', 'sent'] as const satisfies readonly MailStateView[];
/** A taken-back one is neither good nor bad. */
const TONES = { queued: 'waits', failed: 'bad', cancelled: undefined, sent: 'good' } as const satisfies Record<MailStateView, string | undefined>;
/** What moves by itself is looked at this often. */
const REFRESH_MS = 10_000;
/** The least that the configuration must say. */
const EXAMPLE = `[mail]
host = "smtp.example.org"
from = "Relais <service@example.org>"
user = "permanence@example.org"
password = "…"`;

const changed = () => void queries.invalidateQueries({ queryKey: ['mail'] });

/** The queue of mails, with its server. */
export default function Mail() {
  const t = useT();
  const me = useMe();
  const navigate = useNavigate();
  const { state } = useSearch({ strict: false }) as { state?: string };
  const asked = STATES.find((one) => one === state);
  const [testing, setTesting] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ['mail', asked],
    queryFn: ({ pageParam, signal }) => get<MailList>('/mail', { ...(asked ? { state: asked } : {}), ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: '', getNextPageParam: (last) => last.next ?? undefined, refetchInterval: REFRESH_MS,
  });
  const first = list.data?.pages[0];
  if (!first) return <Page title={t('mail.title')}><Waiting error={list.error} retry={() => void list.refetch()} /></Page>;
  const mails = list.data?.pages.flatMap((page) => page.items) ?? [];
  const { server } = first;
  const counted = (one: MailStateView) => `${t(`mail.state_${one}`)} (${first[one]})`;
  return (
    <Page
      title={t('mail.title')} why={t('mail.why')}
      actions={server && me.role === 'administrator' && <Button variant="default" leftSection={<IconMailForward size={16} />} onClick={() => setTesting(true)}>{t('mail.test')}</Button>}
    >
      {server ? (
        <p className={css.server}>{t('mail.through', { host: server.host, port: String(server.port), how: t(`mail.encryption_${server.encryption}`), from: server.from })}{server.reply_to ? ` ${t('mail.answers', { to: server.reply_to })}` : ''}</p>
      ) : (
        <Section title={t('mail.unconfigured')} hint={t('mail.unconfigured_hint')}>
          <Code block>{EXAMPLE}</Code>
          <p className={css.server}>{t('mail.unconfigured_next')}</p>
        </Section>
      )}
      {(server || mails.length > 0 || asked) && (
        <SegmentedControl
          aria-label={t('mail.which')} value={asked ?? 'all'} style={{ alignSelf: 'flex-start' }}
          data={[{ value: 'all', label: t('mail.state_all') }, ...STATES.map((one) => ({ value: one, label: counted(one) }))]}
          onChange={(value) => void navigate({ to: '/admin/mail' as '/', search: (value === 'all' ? {} : { state: value }) as never, replace: true })}
        />
      )}
      {mails.length > 0 ? <Mails mails={mails} canSend={Boolean(server)} /> : server && <Empty title={t('mail.none')}>{t('mail.none_next')}</Empty>}
      <More query={list} />
      {testing && <Test onClose={() => setTesting(false)} />}
    </Page>
  );
}

function Mails({ mails, canSend }: { mails: MailView[]; canSend: boolean }) {
  const t = useT();
  const retry = useMutation({ mutationFn: (id: string) => post(path`/mail/${id}/retry`, {}), meta: { quiet: true }, onSettled: changed });
  const cancel = useMutation({
    mutationFn: (id: string) => post(path`/mail/${id}/cancel`, {}), meta: { quiet: true }, onSettled: changed, onSuccess: () => showNote(t('mail.cancelled')),
  });
  const refused = retry.error ?? cancel.error;
  const busy = (one: typeof retry | typeof cancel, id: string) => one.isPending && one.variables === id;
  return (
    <>
      {refused && <Refusal error={refused} reload={changed} />}
      <Table label={t('mail.title')} columns={[t('mail.state'), t('mail.when'), t('mail.to'), t('mail.subject'), t('mail.said'), t('mail.act')]}>
        {mails.map((mail) => (
          <tr key={mail.id}>
            <td><Word tone={TONES[mail.state]}>{t(`mail.state_${mail.state}`)}</Word></td>
            <td className="num">{formatDateTime(mail.ended ?? mail.queued)}</td>
            <td className={css.address}>{mail.to}</td>
            <td>{mail.subject}<small className={css.by}>{t(`mail.kind_${mail.kind}`)} · {mail.queued_by}</small></td>
            <td className={css.said}>
              {mail.error}
              {mail.next_try && mail.tries > 0 && <small className={css.by}>{t('mail.again', { count: mail.tries, at: formatDateTime(mail.next_try) })}</small>}
            </td>
            <td>
              <Group gap={6} wrap="nowrap">
                {mail.state !== 'sent' && (mail.tries > 0 || mail.state === 'cancelled') && canSend && (
                  <Button size="compact-sm" variant="default" loading={busy(retry, mail.id)} onClick={() => retry.mutate(mail.id)}>{t(mail.state === 'cancelled' ? 'mail.retry_cancelled' : 'mail.retry')}</Button>
                )}
                {mail.state === 'queued' && (
                  <Button size="compact-sm" variant="default" loading={busy(cancel, mail.id)} onClick={() => cancel.mutate(mail.id)}>{t('mail.cancel')}</Button>
                )}
              </Group>
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Test({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [to, setTo] = useState('');
  const send = useMutation({
    mutationFn: () => post<MailView>('/mail/test', { to }), meta: { quiet: true },
    onSuccess: () => {
      showNote(t('mail.test_queued'));
      changed();
      onClose();
    },
  });
  return (
    <FormModal title={t('mail.test')} opened onClose={onClose} submit={t('mail.send')} busy={send.isPending} error={faultsOf(send.error).length > 0 ? undefined : send.error} onSubmit={() => send.mutate()}>
      <TextInput type="email" label={t('mail.to')} value={to} data-autofocus error={faultAt(faultsOf(send.error), 'to')} onChange={(event) => setTo(event.currentTarget.value)} />
      <Group><Alert variant="light">{t('mail.test_hint')}</Alert></Group>
    </FormModal>
  );
}
