import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { IconMessages, IconMicrophone, IconSearch } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { api } from '../api/client';
import { useMe } from '../api/session';
import type { ChannelKind, ContactState } from '../api/types';
import { formatDateTime, formatSpan, useT } from '../i18n/t';
import { serverNow } from '../live/clock';
import type { ContactSearch } from '../router';
import { ChannelIcon } from '../ui/ChannelIcon';
import { dayAfter, startOfDay, today } from '../ui/day';
import { Empty } from '../ui/Empty';
import { ContactStateWord } from './ContactStateWord';
import css from './Contacts.module.css';
import { DayRange } from './DayRange';
import { Export } from './Export';
import { useClients } from './useClients';

const CHANNELS = ['voice', 'chat', 'mail', 'message', 'callback'] as const satisfies readonly ChannelKind[];
const STATES = [
  'open', 'handled', 'abandoned', 'short_abandoned', 'voicemail', 'closed', 'queue_full', 'not_reached', 'callback_cancelled', 'cut', 'queue_removed',
] as const satisfies readonly ContactState[];

/** A filter that is set. */
const only = <K extends string, V>(name: K, value: V | undefined) => (value === undefined ? {} : ({ [name]: value } as { [key in K]?: V })); // one key

/** Contacts, newest first, found by client, days, channel, how they ended, and words. */
export default function Contacts() {
  const t = useT();
  const me = useMe();
  const search = useSearch({ from: '/frame/contacts' });
  const navigate = useNavigate();
  const clients = useClients();
  const [typed, setTyped] = useState(search.find ?? '');
  const [find] = useDebouncedValue(typed, 300);
  const client = clients.find(({ id }) => id === (me.client?.id ?? search.client));
  const zone = client?.zone ?? me.zone;
  const latest = today(zone, serverNow());
  const change = (next: Partial<ContactSearch>): void => void navigate({ to: '/contacts', search: { ...search, ...next }, replace: true });

  const asked = {
    ...(search.client ? { client: search.client } : {}), ...(find.trim() ? { q: find.trim() } : {}),
    ...(search.day ? { from: startOfDay(search.day, zone).toISOString(), until: startOfDay(dayAfter(search.to ?? search.day), zone).toISOString() } : {}),
    ...only('channel', CHANNELS.find((one) => one === search.channel)), ...only('state', STATES.find((one) => one === search.state)),
    ...(search.recorded ? { recorded: true } : {}),
  };
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['contacts', asked],
    queryFn: async ({ pageParam, signal }) =>
      (await api.GET('/api/v1/reports/contacts', { params: { query: { ...asked, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })).data,
    initialPageParam: '',
    getNextPageParam: (page) => page?.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const fetchAs = async (accept: string) => (await api.GET('/api/v1/reports/contacts', { params: { query: asked }, headers: { accept }, parseAs: 'blob' })).data;
  const rows = data?.pages.flatMap((page) => page?.items ?? []) ?? [];
  return (
    <div className={css.page}>
      <header className={css.bar}>
        <h1>{t('shell.face_contacts')}</h1>
        <TextInput
          w={240} leftSection={<IconSearch size={13} />} aria-label={t('reports.find')} placeholder={t('reports.find')} value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            change({ find: event.currentTarget.value || undefined });
          }}
        />
        {!me.client && (
          <Select
            w={210} searchable clearable aria-label={t('reports.client')} placeholder={t('reports.all_clients')} value={search.client ?? null}
            data={clients.map(({ id, name }) => ({ value: id, label: name }))} onChange={(value) => change({ client: value ?? undefined })}
          />
        )}
        <DayRange day={search.day} to={search.to} latest={latest} onChange={change} />
        <Select
          w={140} clearable aria-label={t('reports.channel')} placeholder={t('reports.any_channel')} value={search.channel ?? null}
          data={CHANNELS.map((value) => ({ value, label: t(`desk.channel_${value}`) }))} onChange={(value) => change({ channel: value ?? undefined })}
        />
        <Select
          w={170} clearable aria-label={t('reports.state')} placeholder={t('reports.any_state')} value={search.state ?? null}
          data={STATES.map((value) => ({ value, label: t(`reports.state_${value}`) }))} onChange={(value) => change({ state: value ?? undefined })}
        />
        <Checkbox label={t('reports.recorded')} checked={search.recorded ?? false} onChange={(event) => change({ recorded: event.currentTarget.checked || undefined })} />
        <span className={css.zone}>{t('reports.zone', { zone })}</span>
        <Export name={`permanence-${search.day ? [search.day, ...(search.to ? [search.to] : [])].join('-') : latest}`} disabled={rows.length === 0} fetchAs={fetchAs} />
      </header>
      <section className={css.box} aria-label={t('shell.face_contacts')}>
        {error && rows.length === 0 && <Empty title={error.message} />}
        {data && rows.length === 0 && <Empty title={t('reports.no_contacts')} icon={<IconMessages size={36} stroke={1.2} />}>{t('reports.no_contacts_next')}</Empty>}
        {rows.length > 0 && (
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">{t('reports.arrived')}</th>
                <th scope="col">{t('reports.customer')}</th>
                {!me.client && <th scope="col">{t('reports.client')}</th>}
                <th scope="col">{t('reports.queue')}</th>
                <th scope="col">{t('reports.state')}</th>
                <th scope="col" className={css.right}>{t('reports.waited')}</th>
                <th scope="col">{t('reports.agents')}</th>
                <th scope="col">{t('reports.disposition')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.contact} data-state={row.state}>
                  <td className="num"><Link to="/contacts/$contact" params={{ contact: row.contact }} className={css.link ?? ''}>{formatDateTime(row.arrived, zone)}</Link></td>
                  <td>
                    <span className={css.who}>
                      <ChannelIcon channel={row.channel} /> {row.customer || <span className={css.dim}>{t('reports.unknown')}</span>}
                      {row.recorded && <IconMicrophone size={13} role="img" aria-label={t('reports.recorded')} />}
                    </span>
                  </td>
                  {!me.client && <td>{row.client_name}</td>}
                  <td>{row.queue_name}</td>
                  <td><ContactStateWord state={row.state} /></td>
                  <td className={`num ${css.right}`}>{typeof row.wait_ms === 'number' ? formatSpan(row.wait_ms) : '–'}</td>
                  <td className={css.cut}>{row.agents.join(', ')}</td>
                  <td className={css.cut}>{row.disposition ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {hasNextPage && (
          <div className={css.more}><Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t('reports.more')}</Button></div>
        )}
      </section>
    </div>
  );
}
