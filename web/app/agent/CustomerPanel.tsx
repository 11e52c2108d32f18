import { useQuery } from '@tanstack/react-query';
import { IconExternalLink, IconMail, IconShieldCheck, IconUserQuestion } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';

import { get, path } from '../api/client';
import type { DeskContact, HistoryEntry } from '../api/types';
import { formatDateTime, useLocale, useT } from '../i18n/t';
import { ChannelIcon } from '../ui/ChannelIcon';
import css from './CustomerPanel.module.css';

// Most clients name nobody: fetched with the first one that does.
const OnCallNow = lazy(() => import('./OnCallNow'));

/** Beside the conversation: the client's protocol, who the customer is, and what was before. */
export function CustomerPanel({ contact }: { contact: DeskContact }) {
  const t = useT();
  const { client, customer } = contact;
  return (
    <aside className={css.panel} aria-label={t('desk.about')}>
      <section className={css.part} aria-labelledby="protocol">
        <h2 id="protocol">{t('desk.protocol')}</h2>
        <dl className={css.facts}>
          <div><dt>{t('desk.for')}</dt><dd>{client.name}</dd></div>
          <div><dt>{t('desk.you_are')}</dt><dd>{client.alias}</dd></div>
          <div><dt>{t('desk.queue')}</dt><dd>{contact.queue}</dd></div>
          <div><dt>{t('desk.language')}</dt><dd><LanguageName code={contact.language} /></dd></div>
        </dl>
        {client.presence && <p className={css.dim} role="status">{t(`desk.said_${client.presence.answers}`, { until: formatDateTime(client.presence.until), name: client.presence.by })}</p>}
        <p className={css.say} lang={contact.language}>{contact.greeting}</p>
        {contact.protocol ? <Protocol text={contact.protocol} /> : <p className={css.dim}>{t('desk.no_protocol')}</p>}
      </section>
      {(contact.on_call ?? 0) > 0 && <Suspense><OnCallNow contact={contact} /></Suspense>}
      <section className={css.part} aria-labelledby="customer">
        <h2 id="customer">{t('desk.customer')}</h2>
        <p className={css.name}>
          {customer.name}
          {customer.verified
            ? <span className={css.proven}><IconShieldCheck size={14} stroke={1.8} aria-hidden /> {t('desk.verified')}</span>
            : <span className={css.dim}><IconUserQuestion size={14} stroke={1.8} aria-hidden /> {t('desk.not_verified')}</span>}
        </p>
        {customer.email && <p className={css.line}><IconMail size={14} stroke={1.7} aria-hidden /> {customer.email}</p>}
        {customer.page && (
          <p className={css.line}>
            <IconExternalLink size={14} stroke={1.7} aria-hidden />
            <a href={safe(customer.page)} target="_blank" rel="noreferrer noopener" title={customer.page}>{short(customer.page)}</a>
          </p>
        )}
      </section>
      <History contact={contact} />
    </aside>
  );
}

/** A page's address that may be followed: never one that runs a script. */
function safe(address: string): string | undefined {
  return /^https?:\/\//i.test(address) ? address : undefined;
}

function short(address: string): string {
  return address.replace(/^https?:\/\/(www\.)?/i, '').replace(/[?#].*$/, '').replace(/\/$/, '');
}

export function LanguageName({ code }: { code: string }) {
  const locale = useLocale();
  return <>{new Intl.DisplayNames(locale, { type: 'language' }).of(code) ?? code}</>;
}

/** The protocol as paragraphs; lines that begin with a dash or a number are steps. */
function Protocol({ text }: { text: string }) {
  const blocks = text.split(/\n{2,}/).map((block) => block.split('\n').filter((line) => line.trim() !== ''));
  return (
    <div className={css.protocol}>
      {blocks.map((lines, i) => {
        const steps = lines.map((line) => /^\s*(?:[-*•]|\d+[.)])\s+(.*)$/.exec(line)?.[1]);
        // Blocks and steps have no name of their own; their order is the text's order.
        /* oxlint-disable react/no-array-index-key */
        return steps.every((step) => step !== undefined)
          ? <ol key={i}>{steps.map((step, j) => <li key={j}>{step}</li>)}</ol>
          : <p key={i}>{lines.join('\n')}</p>;
        /* oxlint-enable react/no-array-index-key */
      })}
    </div>
  );
}

function History({ contact }: { contact: DeskContact }) {
  const t = useT();
  const { data, isPending, isError } = useQuery({
    queryKey: ['history', contact.contact],
    queryFn: ({ signal }) => get<HistoryEntry[]>(path`/desk/contacts/${contact.contact}/history`, undefined, signal),
    staleTime: 60_000,
  });
  return (
    <section className={css.part} aria-labelledby="history">
      <h2 id="history">{t('desk.history')} {contact.customer.contacts_before > 0 && <span className="num">{contact.customer.contacts_before}</span>}</h2>
      {isPending && <p className={css.dim}>{t('shell.loading')}</p>}
      {isError && <p className={css.dim}>{t('desk.history_failed')}</p>}
      {data?.length === 0 && <p className={css.dim}>{t('desk.history_none')}</p>}
      <ul className={css.history}>
        {data?.map((entry) => (
          <li key={entry.contact}>
            <p className={css.when}>
              <ChannelIcon channel={entry.channel} /> <time dateTime={entry.arrived}>{formatDateTime(entry.arrived)}</time>
              <span className={css.dim}>{entry.agent_name ?? ''}</span>
            </p>
            <p className={css.what}>{entry.queue}{entry.disposition ? ` · ${entry.disposition}` : ''}</p>
            {(entry.note || entry.last_message) && <p className={css.dim}>{entry.note || entry.last_message}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
