// Invoices in a list, one of them in full, and how a draft is made.
import { Button, Group, SegmentedControl, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { More, Refusal, Search, Section, Table, Waiting } from '../admin/parts/Page';
import { get, path, post } from '../api/client';
import type { Id, InvoiceStateView, InvoiceSummary, InvoiceView, Page, StatementView } from '../api/types';
import { allClients, optionsOf } from '../admin/data';
import { periodName } from '../billing/Statement';
import { formatMoney } from '../billing/money';
import { formatDate, needFace, useT } from '../i18n/t';
import { queries } from '../queries';
import { Empty } from '../ui/Empty';
import { Word } from '../ui/Word';
import { Invoice } from './Invoice';
import { usePlace } from './place';
import { Due, Steps } from './Run';
import amounts from '../billing/Amounts.module.css';

await Promise.all([needFace('admin'), needFace('billing')]);

const STATES: readonly (InvoiceStateView | 'overdue')[] = ['draft', 'reviewed', 'issued', 'overdue', 'paid', 'credited'];

/** Where a document stands, as a word with its colour. */
export function State({ it }: { it: InvoiceSummary }) {
  const t = useT();
  const word = it.overdue ? 'overdue' : it.kind === 'credit_note' && it.state === 'issued' ? 'note' : it.state;
  const tone = ({ paid: 'good', overdue: 'bad', reviewed: 'waits', draft: 'waits' } as const)[word as string];
  return <Word tone={tone}>{t(`billing.inv_${word}`)}</Word>;
}

/** Documents of a client, or of all; a click opens one. */
export function Invoices({ client: own, provider }: { client?: Id; provider: boolean }) {
  const t = useT();
  const [place, go] = usePlace();
  const { state = '' } = place;
  const [q] = useDebouncedValue(place.q ?? '', 250);
  const clients = useQuery({ ...allClients, enabled: provider && !own });
  // The list of all clients is narrowed to one; the page of a client has its own.
  const client = own ?? place.client;
  const opener = own ?? place.of;
  const opened = place.invoice && opener ? { client: opener, id: place.invoice } : undefined;
  const setOpened = (next?: { client: Id; id: Id }): void => go({ invoice: next?.id, of: own ? undefined : next?.client });
  const list = useInfiniteQuery({
    queryKey: ['invoices', client ?? 'all', state, q],
    queryFn: ({ pageParam, signal }) =>
      get<Page<InvoiceSummary>>(client ? path`/clients/${client}/invoices` : '/invoices', { state, q, ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
  });
  if (opened) return <Invoice client={opened.client} id={opened.id} provider={provider} onOpen={setOpened} onClose={() => setOpened(undefined)} />;
  if (!list.data) return <Waiting error={list.error} retry={() => void list.refetch()} />;
  const rows = list.data.pages.flatMap((page) => page.items);
  const sought = q !== '' || state !== '' || (!own && client !== undefined);
  const states = provider ? STATES : STATES.filter((one) => one !== 'draft' && one !== 'reviewed');
  const columns = [t('billing.inv_number'), ...(own ? [] : [t('billing.inv_client')]), t('billing.period'), t('billing.inv_state'), t('billing.inv_due'), t('billing.total')];
  return (
    <>
      {provider && !own && <Due />}
      {provider && own && <NewDraft client={own} onMade={(id) => setOpened({ client: own, id })} />}
      <Group justify="space-between">
        <SegmentedControl
          aria-label={t('billing.inv_state')} value={state} onChange={(next) => go({ state: next })}
          data={[{ value: '', label: t('billing.show_all') }, ...states.map((value) => ({ value, label: t(`billing.inv_${value}`) }))]}
        />
        <Group gap="xs">
          {provider && !own && (
            <Select
              w={210} searchable clearable aria-label={t('billing.inv_client')} placeholder={t('reports.all_clients')} value={place.client ?? null} data={optionsOf(clients.data)}
              onChange={(next) => go({ client: next ?? undefined })} nothingFoundMessage={t('shell.nothing_found')}
            />
          )}
          <Search value={place.q ?? ''} onChange={(next) => go({ q: next })} label={t('billing.inv_search')} />
        </Group>
      </Group>
      {provider && !own && (state === 'draft' || state === 'reviewed') && <Steps key={state} state={state} rows={rows} />}
      {rows.length === 0 ? (
        <Empty title={t(sought ? 'billing.inv_none_found' : 'billing.inv_none')}>{sought ? '' : t(provider ? 'billing.inv_none_next' : 'billing.inv_none_yet')}</Empty>
      ) : (
        <Table label={t('billing.inv_title')} columns={columns} numbersFrom={columns.length - 1}>
          {rows.map((it) => (
            <tr key={it.id}>
              <td className="num"><button type="button" className={amounts.open} onClick={() => setOpened({ client: it.client, id: it.id })}>{it.number ?? t('billing.inv_unnumbered')}</button></td>
              {!own && <td>{it.client_name}</td>}
              <td>{periodName(it.period)}</td>
              <td><State it={it} /></td>
              <td className="num">{it.kind === 'invoice' && it.due_on && it.state === 'issued' ? formatDate(it.due_on) : ''}</td>
              <td className={`num ${amounts.amount}`}>{formatMoney(it.total_minor, it.currency)}</td>
            </tr>
          ))}
        </Table>
      )}
      <More query={list} />
    </>
  );
}

/** A draft for a billing period that is over. */
function NewDraft({ client, onMade }: { client: Id; onMade: (id: Id) => void }) {
  const t = useT();
  const { data } = useQuery({ queryKey: ['statement', client, 'periods'], queryFn: () => get<StatementView>(path`/clients/${client}/statement`, { limit: 1 }), meta: { quiet: true } });
  const [chosen, setChosen] = useState<string | null>(null);
  // The first one goes on; every other is over.
  const over = data?.periods.slice(1) ?? [];
  const period = chosen ?? over[0];
  const make = useMutation({
    mutationFn: (name: string) => post<InvoiceView>(path`/clients/${client}/invoices`, { period: name }),
    meta: { quiet: true },
    onSuccess: ({ summary }) => {
      void queries.invalidateQueries({ queryKey: ['invoices'] });
      onMade(summary.id);
    },
  });
  if (!data) return null;
  return (
    <Section title={t('billing.inv_new')} hint={t('billing.inv_new_hint')}>
      <Refusal error={make.error} />
      {period ? (
        <Group align="flex-end">
          <Select label={t('billing.period')} w={220} allowDeselect={false} value={period} data={over.map((value) => ({ value, label: periodName(value) }))} onChange={setChosen} />
          <Button loading={make.isPending} onClick={() => make.mutate(period)}>{t('billing.inv_draft_it')}</Button>
        </Group>
      ) : <p className={amounts.dim}>{t('billing.inv_first_later')}</p>}
    </Section>
  );
}
