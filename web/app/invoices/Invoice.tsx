// One document in full: its steps, items, lines, disputes and files.
import { Alert, Button, Group, List, NumberInput, Textarea, TextInput } from '@mantine/core';
import { IconArrowLeft, IconDownload, IconMail } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { Confirm, FormModal, More, Refusal, Section, Table, Waiting } from '../admin/parts/Page';
import { get, path, post, request } from '../api/client';
import type { DisputeView, Id, InvoiceCompared, InvoiceLine, InvoiceView, Page, PartyTerms, StatementLine } from '../api/types';
import { BilledFilter, type Billed } from '../billing/BilledFilter';
import { periodName } from '../billing/Statement';
import { decimalsOf, formatMoney, formatPrice } from '../billing/money';
import { named, quantityWords } from '../billing/words';
import { formatDate, formatDateTime, formatNumber, useT, type t as T } from '../i18n/t';
import { sayFault } from '../i18n/said';
import { queries } from '../queries';
import { Empty } from '../ui/Empty';
import { showNote } from '../ui/toast';
import { State } from './Invoices';
import { Mailed, MailIt } from './Mailed';
import amounts from '../billing/Amounts.module.css';
import css from './Invoices.module.css';

// Fetched with the first line that somebody asks about.
const Explain = lazy(() => import('../billing/Explain'));

type Place = { client: Id; id: Id };
type Step = 'remake' | 'review' | 'issue' | 'pay' | 'unpay' | 'credit';

/** What an item is, in words. */
const itemWords = (t: typeof T, { kind, name, band, about, of }: InvoiceView['items'][number]) =>
  [
    kind === 'adjustment' ? t('billing.inv_adjustment', { period: periodName(name), number: about ?? '' })
      : kind === 'disputed' ? t('billing.inv_disputed', { name })
        : named(t, t(`billing.kind_${kind}`), name),
    of && of.kind !== 'adjustment' && of.kind !== 'disputed' ? named(t, t(`billing.kind_${of.kind}`), of.name) : '',
    band,
  ].filter(Boolean).join(' · ');

function Identity({ label, it }: { label: string; it: PartyTerms }) {
  const t = useT();
  const lines = [it.street, `${it.postcode} ${it.city}`.trim(), it.country, it.vat].filter(Boolean);
  return <div><span className={amounts.dim}>{label}</span><address><strong>{it.legal_name || t('billing.inv_nameless')}</strong>{lines.join('\n')}</address></div>;
}

/** A document, for whoever may see it; the provider takes its steps. */
export function Invoice({ client, id, provider, onOpen, onClose }: Place & { provider: boolean; onOpen: (place: Place) => void; onClose: () => void }) {
  const t = useT();
  const at = path`/clients/${client}/invoices/${id}`;
  const [asking, setAsking] = useState<Step | 'remove'>();
  const [mailing, setMailing] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['invoices', 'one', id], queryFn: ({ signal }) => get<InvoiceView>(at, undefined, signal) });
  const changed = () => void queries.invalidateQueries({ queryKey: ['invoices'] });
  const step = useMutation({
    mutationFn: ({ to, ...more }: { to: Step; paid_on?: string; reference?: string; reason?: string }) => post<InvoiceView>(`${at}/${to}`, { version: data?.summary.version, ...more }),
    meta: { quiet: true },
    onSuccess: ({ summary }, { to }) => {
      setAsking(undefined);
      showNote(t(`billing.inv_done_${to}`, { number: summary.number ?? '' }));
      changed();
    },
  });
  const remove = useMutation({
    mutationFn: () => request('DELETE', at), meta: { quiet: true },
    onSuccess: () => {
      changed();
      onClose();
    },
  });
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  const { summary } = data;
  const money = (minor: number) => formatMoney(minor, summary.currency);
  const title = `${t(`billing.inv_kind_${summary.kind}`)} ${summary.number ?? t('billing.inv_unnumbered')}`;
  const open = summary.state === 'draft' || summary.state === 'reviewed';
  const givesBack = summary.kind === 'invoice' && (summary.state === 'issued' || summary.state === 'paid');
  const act = (to: Step | 'remove', primary = false) => (
    <Button variant={primary ? 'filled' : 'default'} onClick={() => (to === 'review' || to === 'remake' || to === 'unpay' ? step.mutate({ to }) : setAsking(to))}>{t(`billing.inv_act_${to}`)}</Button>
  );
  return (
    <>
      <Group justify="space-between">
        <Button variant="subtle" color="gray" leftSection={<IconArrowLeft size={14} />} onClick={onClose}>{t('billing.inv_back')}</Button>
        <Group gap="xs">
          {provider && summary.state === 'draft' && act('review', true)}
          {provider && summary.state === 'reviewed' && act('issue', true)}
          {provider && open && act('remake')}
          {provider && open && act('remove')}
          {provider && summary.kind === 'invoice' && summary.state === 'issued' && act('pay', true)}
          {provider && summary.state === 'paid' && act('unpay')}
          {provider && givesBack && act('credit')}
          {provider && !open && data.mail_on && <Button variant="default" leftSection={<IconMail size={14} />} onClick={() => setMailing(true)}>{t('billing.mail_act')}</Button>}
          {(open ? (['csv'] as const) : (['pdf', 'xml', 'csv'] as const)).map((ending) => (
            <Button key={ending} component="a" variant="default" leftSection={<IconDownload size={14} />} href={`/api/v1${at}/${ending}`} download>{ending.toUpperCase()}</Button>
          ))}
        </Group>
      </Group>
      {!asking && <Refusal error={step.error ?? remove.error} reload={() => void refetch()} />}
      {provider && data.missing.length > 0 && (
        <Alert color="warning" variant="light" title={t('billing.inv_missing')}>
          <List size="sm">{data.missing.map((fault) => <List.Item key={fault.field}>{t(fault.field.startsWith('client') ? 'billing.inv_of_client' : 'billing.inv_of_provider')}: {sayFault(fault).message}</List.Item>)}</List>
        </Alert>
      )}
      <Section title={title} hint={[periodName(summary.period), summary.issued ? t('billing.inv_issued_on', { day: formatDateTime(summary.issued, data.zone) }) : '', summary.due_on && summary.kind === 'invoice' ? t('billing.inv_due_on', { day: formatDate(summary.due_on) }) : '', data.corrects_number ? t('billing.inv_corrects', { number: data.corrects_number }) : ''].filter(Boolean).join(' · ')}>
        <div><State it={summary} /></div>
        <Mailed mails={data.mails} zone={data.zone} />
        {data.reason && <p className={amounts.dim}>{data.reason}</p>}
        <div className={css.parties}><Identity label={t('billing.inv_seller')} it={data.seller} /><Identity label={t('billing.inv_buyer')} it={data.buyer} /></div>
        <Table label={t('billing.inv_items')} columns={[t('billing.position'), t('billing.quantity'), t('billing.inv_price'), t('billing.amount')]} numbersFrom={1}>
          {data.items.map((item, place) => (
            // Items have no id; they come anew as a whole.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={place}>
              <td>{itemWords(t, item)}</td>
              <td className={`num ${amounts.amount}`}>{quantityWords(t, item.quantity, item.counted_in)}</td>
              <td className={`num ${amounts.amount}`}>{typeof item.price_milli === 'number' ? formatPrice(item.price_milli, summary.currency) : ''}</td>
              <td className={`num ${amounts.amount}`}>{money(item.amount_minor)}</td>
            </tr>
          ))}
          <tr className={amounts.sum}><td colSpan={3}>{t('billing.net')}</td><td className={`num ${amounts.amount}`}>{money(summary.net_minor)}</td></tr>
          {data.taxes.filter((tax) => tax.basis_points > 0).map((tax) => (
            <tr key={`${tax.name} ${tax.basis_points}`}><td colSpan={3}>{`${tax.name} ${formatNumber(tax.basis_points / 100)} %`}</td><td className={`num ${amounts.amount}`}>{money(tax.tax_minor)}</td></tr>
          ))}
          <tr className={amounts.sum}><td colSpan={3}>{t('billing.total')}</td><td className={`num ${amounts.amount}`}>{money(summary.total_minor)}</td></tr>
        </Table>
        {summary.state === 'paid' && summary.paid_on && <p className={amounts.dim}>{[t('billing.inv_paid_on', { day: formatDate(summary.paid_on) }), summary.paid_reference].filter(Boolean).join(' · ')}</p>}
        {data.notes.length > 0 && (
          <p className={amounts.dim}>
            {t('billing.inv_notes', { left: money(data.left_minor) })}{' '}
            {data.notes.map((note) => <button key={note.id} type="button" className={amounts.open} onClick={() => onOpen({ client, id: note.id })}>{note.number} ({money(note.total_minor)})</button>)}
          </p>
        )}
        {provider && summary.kind === 'invoice' && <Compared at={at} money={money} />}
      </Section>
      {data.disputes.length > 0 && (
        <Section title={t('billing.inv_disputes')}>
          {data.disputes.map((dispute) => <Dispute key={dispute.id} dispute={dispute} client={client} invoice={id} zone={data.zone} currency={summary.currency} provider={provider} onDone={changed} />)}
        </Section>
      )}
      {data.lines > 0 && <Lines at={at} client={client} invoice={id} zone={data.zone} currency={summary.currency} disputes={!provider && !open} onDone={changed} />}
      <Confirm
        title={t('billing.inv_issue_sure', { period: periodName(summary.period), total: money(summary.total_minor) })} why={step.error ? step.error.message : t('billing.inv_issue_why')}
        act={t('billing.inv_act_issue')} opened={asking === 'issue'} onClose={() => setAsking(undefined)} onAct={() => step.mutate({ to: 'issue' })} busy={step.isPending}
      />
      <Confirm title={t('billing.inv_remove_sure')} why={t('billing.inv_remove_why')} act={t('billing.inv_act_remove')} opened={asking === 'remove'} onClose={() => setAsking(undefined)} onAct={() => remove.mutate()} busy={remove.isPending} />
      {mailing && <MailIt at={at} version={summary.version} contacts={data.contacts} onClose={() => setMailing(false)} onDone={changed} />}
      {(asking === 'pay' || asking === 'credit') && <Ask key={asking} what={asking} error={step.error} busy={step.isPending} onClose={() => setAsking(undefined)} onSubmit={(more) => step.mutate({ to: asking, ...more })} />}
    </>
  );
}

/** The day and words of a payment, or the reason of a credit note. */
function Ask({ what, error, busy, onClose, onSubmit }: { what: 'pay' | 'credit'; error: unknown; busy: boolean; onClose: () => void; onSubmit: (more: { paid_on?: string; reference?: string; reason?: string }) => void }) {
  const t = useT();
  const [text, setText] = useState('');
  const [day, setDay] = useState(() => new Date().toISOString().slice(0, 10));
  return (
    <FormModal title={t(`billing.inv_act_${what}`)} opened onClose={onClose} submit={t(`billing.inv_act_${what}`)} busy={busy} error={error} onSubmit={() => onSubmit(what === 'pay' ? { paid_on: day, reference: text } : { reason: text })}>
      {what === 'pay' && <TextInput type="date" label={t('billing.inv_paid_day')} value={day} onChange={(event) => setDay(event.currentTarget.value)} />}
      <Textarea label={t(what === 'pay' ? 'billing.inv_reference' : 'billing.inv_reason')} autosize minRows={2} value={text} onChange={(event) => setText(event.currentTarget.value)} />
    </FormModal>
  );
}

/** Whether rating the same contacts today gives the same. */
function Compared({ at, money }: { at: string; money: (minor: number) => string }) {
  const t = useT();
  const { data } = useQuery({ queryKey: ['invoices', 'compared', at], queryFn: ({ signal }) => get<InvoiceCompared>(`${at}/compare`, undefined, signal), meta: { quiet: true } });
  if (!data) return null;
  const late = data.late_contacts > 0 ? ` ${t('billing.inv_late', { count: data.late_contacts })}` : '';
  return <p className={amounts.dim}>{data.same ? t('billing.inv_same') : t('billing.inv_differs', { invoiced: money(data.invoiced_minor), rated: money(data.rated_minor) })}{late}</p>;
}

/** What a line is for: its charge and hours, or why it is not billed. */
function lineName(t: ReturnType<typeof useT>, line: StatementLine): string {
  return [line.not_billed ? t(`billing.free_${line.not_billed}`) : line.charge, line.band, line.included ? t('billing.included') : ''].filter(Boolean).join(' · ');
}

function Lines({ at, client, invoice, zone, currency, disputes, onDone }: { at: string; client: Id; invoice: Id; zone: string; currency: string; disputes: boolean; onDone: () => void }) {
  const t = useT();
  const [explained, setExplained] = useState<string>();
  const [disputed, setDisputed] = useState<string>();
  const [billed, setBilled] = useState<Billed>('all');
  const list = useInfiniteQuery({
    queryKey: ['invoices', 'lines', at, billed],
    queryFn: ({ pageParam, signal }) => get<Page<InvoiceLine>>(`${at}/lines`, { ...(billed === 'all' ? {} : { billed }), ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: '', getNextPageParam: (last) => last.next, placeholderData: keepPreviousData,
  });
  const lines = list.data?.pages.flatMap((page) => page.items) ?? [];
  const columns = [t('billing.began'), t('billing.charge'), t('billing.billed'), t('billing.amount'), t('billing.inv_dispute')];
  return (
    <Section title={t('billing.lines')} hint={t('billing.lines_hint')}>
      <BilledFilter value={billed} onChange={setBilled} />
      {list.data && lines.length === 0 && <Empty title={t('billing.no_lines')} />}
      {lines.length > 0 && <Table label={t('billing.lines')} columns={columns} numbersFrom={2}>
        {lines.map(({ line, late_of, change, disputed: state }) => (
          <tr key={line.line}>
            <td className="num"><button type="button" className={amounts.open} onClick={() => setExplained(line.line)}>{formatDateTime(line.at, zone)}</button></td>
            <td>{[lineName(t, line), late_of ? t('billing.inv_late_of', { period: periodName(late_of) }) : '', change ? t(`billing.inv_change_${change}`) : ''].filter(Boolean).join(' · ')}</td>
            <td className={`num ${amounts.amount}`}>{line.not_billed ? '' : quantityWords(t, line.billed, line.counted_in)}</td>
            <td className={`num ${amounts.amount}`}>{formatPrice(line.amount_milli, currency)}</td>
            <td className={amounts.amount}>
              {state ? t(`billing.inv_dispute_${state}`) : disputes && <button type="button" className={amounts.open} onClick={() => setDisputed(line.line)}>{t('billing.inv_dispute')}</button>}
            </td>
          </tr>
        ))}
      </Table>}
      <More query={list} />
      {explained && <Suspense><Explain client={client} invoice={invoice} line={explained} zone={zone} onClose={() => setExplained(undefined)} /></Suspense>}
      {disputed && <Raise at={at} line={disputed} onClose={() => setDisputed(undefined)} onDone={onDone} />}
    </Section>
  );
}

function Raise({ at, line, onClose, onDone }: { at: string; line: string; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const [reason, setReason] = useState('');
  const raise = useMutation({
    mutationFn: () => post<DisputeView>(`${at}/disputes`, { line, reason }), meta: { quiet: true },
    onSuccess: () => {
      showNote(t('billing.inv_raised'));
      onDone();
      onClose();
    },
  });
  return (
    <FormModal title={t('billing.inv_dispute')} opened onClose={onClose} submit={t('billing.inv_send')} busy={raise.isPending} error={raise.error} onSubmit={() => raise.mutate()}>
      <Textarea label={t('billing.inv_wrong')} autosize minRows={3} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
    </FormModal>
  );
}

function Dispute({ dispute, client, invoice, zone, currency, provider, onDone }: { dispute: DisputeView; client: Id; invoice: Id; zone: string; currency: string; provider: boolean; onDone: () => void }) {
  const t = useT();
  const places = decimalsOf(currency);
  const line = dispute.about;
  const [text, setText] = useState('');
  // What is most often given back: the line.
  const [amount, setAmount] = useState<number | string>(line && line.amount_milli > 0 ? Math.round(line.amount_milli / 1000) / 10 ** places : '');
  const [explained, setExplained] = useState(false);
  const answer = useMutation({
    mutationFn: (credit_minor: number | null) => post<DisputeView>(path`/clients/${dispute.client}/disputes/${dispute.id}/answer`, { version: dispute.version, credit_minor, answer: text }),
    meta: { quiet: true }, onSuccess: onDone,
  });
  return (
    <div className={css.dispute}>
      <div><strong>{dispute.raised_by}</strong>, {formatDateTime(dispute.raised, zone)} · {t(`billing.inv_dispute_${dispute.state}`)}</div>
      {line && <div><button type="button" className={amounts.open} onClick={() => setExplained(true)}>{[formatDateTime(line.at, zone), lineName(t, line), formatPrice(line.amount_milli, currency)].join(' · ')}</button></div>}
      <div>{dispute.reason}</div>
      {dispute.answer && <div className={amounts.dim}>{t('billing.inv_answer')}: {dispute.answer}</div>}
      {provider && dispute.state === 'open' && (
        <>
          <Refusal error={answer.error} />
          <Textarea label={t('billing.inv_answer')} autosize minRows={2} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <Group align="flex-end">
            <NumberInput label={t('billing.inv_give_back')} w={200} min={0} decimalScale={places} value={amount} onChange={setAmount} suffix={` ${currency}`} />
            <Button disabled={typeof amount !== 'number' || amount <= 0} loading={answer.isPending} onClick={() => answer.mutate(Math.round(Number(amount) * 10 ** places))}>{t('billing.inv_accept')}</Button>
            <Button variant="default" loading={answer.isPending} onClick={() => answer.mutate(null)}>{t('billing.inv_refuse')}</Button>
          </Group>
        </>
      )}
      {explained && <Suspense><Explain client={client} invoice={invoice} line={dispute.line} zone={zone} onClose={() => setExplained(false)} /></Suspense>}
    </div>
  );
}
