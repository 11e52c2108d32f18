import { useQuery } from '@tanstack/react-query';

import { get, path } from '../api/client';
import type { DeskContact, OnCallNowView } from '../api/types';
import { formatDateTime, needFace, useT } from '../i18n/t';
import { serverNow } from '../live/clock';
import { Person } from '../oncall/OnCall';
import css from './CustomerPanel.module.css';

await needFace('oncall');

/** Longest time between two looks, whatever is known of the next change. */
const EVERY_MS = 15 * 60_000;

/** Who is on call at the contact's client. The desk hears of a change, and the clock brings the planned ones. */
export default function OnCallNow({ contact }: { contact: DeskContact }) {
  const t = useT();
  const { data } = useQuery({
    queryKey: ['on-call now', contact.contact, contact.on_call],
    queryFn: ({ signal }) => get<OnCallNowView>(path`/desk/contacts/${contact.contact}/on-call`, undefined, signal),
    refetchInterval: ({ state }) => (state.data?.until ? Math.min(EVERY_MS, Math.max(1000, Date.parse(state.data.until) - serverNow())) : EVERY_MS),
    meta: { quiet: true },
  });
  if (!data || data.people.length === 0) return null;
  return (
    <section className={css.part} aria-labelledby="on-call">
      <h2 id="on-call">{t('oncall.title')}</h2>
      <ol className={css.onCall}>{data.people.map((person) => <li key={person.id}><Person person={person} /></li>)}</ol>
      <p className={css.dim}>{[data.until ? t('oncall.until', { at: formatDateTime(data.until) }) : '', data.note].filter(Boolean).join(' · ')}</p>
    </section>
  );
}
