import { Button } from '@mantine/core';
import { IconArrowsExchange, IconInbox, IconPlugX, IconUserQuestion } from '@tabler/icons-react';

import type { DeskContact, Id } from '../api/types';
import { useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { useCell } from '../live/store';
import { ChannelIcon } from '../ui/ChannelIcon';
import { ClientTag } from '../ui/ClientTag';
import { CountdownRing } from '../ui/CountdownRing';
import { KeyHint } from '../ui/KeyHint';
import { StatePill } from '../ui/StatePill';
import { Since, Until } from '../ui/Timer';
import { useAct } from './act';
import { keyForAria, keyLabel, useBindings } from './bindings';
import css from './ContactList.module.css';
import { gone, seen, typing, unread } from './signs';

type Props = { current: Id | undefined; lost: boolean; onShow: (contact: Id) => void; onAnswer: (contact: DeskContact) => void };

/** My contacts: what rings on top, then what is in hand, then what is to be finished. */
export function ContactList({ contacts, ...props }: Props & { contacts: DeskContact[] }) {
  const t = useT();
  const offered = contacts.filter(({ state }) => state === 'offered');
  const active = contacts.filter(({ state }) => state !== 'offered' && state !== 'wrap_up');
  const finishing = contacts.filter(({ state }) => state === 'wrap_up');
  if (contacts.length === 0) {
    return (
      <div className={css.none}>
        <IconInbox size={22} stroke={1.3} aria-hidden />
        <span>{t('desk.no_contacts')}</span>
      </div>
    );
  }
  return (
    <>
      {offered.map((contact) => <Ringing key={contact.contact} contact={contact} {...props} />)}
      <Group title={t('desk.in_hand')} contacts={active} {...props} />
      <Group title={t('desk.to_finish')} contacts={finishing} {...props} />
    </>
  );
}

function Group({ title, contacts, ...props }: Props & { title: string; contacts: DeskContact[] }) {
  if (contacts.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className={css.heading}>{title} <span className="num">{contacts.length}</span></h2>
      <ul className={css.items}>
        {contacts.map((contact) => <Item key={contact.contact} contact={contact} {...props} />)}
      </ul>
    </section>
  );
}

/** A contact that rings: for whom, who, since when, and the words to begin with. */
function Ringing({ contact, lost, current, onShow, onAnswer }: Props & { contact: DeskContact }) {
  const t = useT();
  const refuse = useAct(contact.contact);
  // In front, the words and the buttons are in the middle of the desk.
  const inFront = current === contact.contact;
  const keys = useBindings();
  return (
    <section className={css.ringing} aria-label={t('desk.ringing_for', { client: contact.client.name })}>
      <button type="button" className={css.ringingHead} onClick={() => onShow(contact.contact)}>
        <ClientTag initials={contact.client.initials} hue={contact.client.hue} size={32} />
        <span className={css.names}>
          <strong className={css.client}>{contact.client.name}</strong>
          <span className={css.customer}><ChannelIcon channel={contact.channel} /> {contact.customer.name}</span>
        </span>
        {contact.until && <CountdownRing from={contact.since} until={contact.until} />}
      </button>
      <OfferReason contact={contact} />
      {!inFront && <p className={css.greeting} lang={contact.language}>{contact.greeting}</p>}
      <p className={css.waited}>{t('desk.waits_since')} <WaitClock contact={contact} /> · {contact.queue}</p>
      {!inFront && <div className={css.choice}>
        <Button
          size="sm" fullWidth color="accent" disabled={lost} onClick={() => onAnswer(contact)} aria-keyshortcuts={keyForAria(keys.answer)}
          rightSection={<KeyHint>{keyLabel(keys.answer)}</KeyHint>}
        >
          {t('desk.answer')}
        </Button>
        <Button
          size="sm" variant="default" disabled={lost} loading={refuse.isPending} onClick={() => refuse.mutate({ kind: 'refuse' })}
          aria-keyshortcuts={keyForAria(keys.refuse)}
        >
          {t('desk.refuse')}
        </Button>
      </div>}
    </section>
  );
}

/** Why this comes to me, when it is not from a queue. */
export function OfferReason({ contact }: { contact: DeskContact }) {
  const t = useT();
  if (contact.kind === 'queue') {
    return contact.overflow ? <p className={css.reason}>{t('desk.by_overflow')}</p> : null;
  }
  const Icon = contact.kind === 'transfer' ? IconArrowsExchange : IconUserQuestion;
  return (
    <p className={css.reason}>
      <Icon size={14} stroke={1.8} aria-hidden />
      {contact.kind === 'transfer' ? t('desk.passed_by', { name: contact.from ?? '–' }) : t('desk.asked_by', { name: contact.from ?? '–' })}
    </p>
  );
}

/** The wait so far, coloured once it passes what was promised. */
export function WaitClock({ contact }: { contact: DeskContact }) {
  const now = useNow();
  const late = now - Date.parse(contact.arrived) > contact.threshold_ms;
  return <Since at={contact.arrived} className={late ? css.late : undefined} />;
}

function Item({ contact, current, onShow }: Props & { contact: DeskContact }) {
  const t = useT();
  const marks = useCell(seen);
  const away = useCell(gone).has(contact.contact);
  const count = unread(contact, marks);
  const last = (contact.messages ?? []).findLast(({ author }) => author !== 'system');
  const writes = useCell(typing).get(contact.contact);
  const now = useNow();
  return (
    <li>
      <button
        type="button" className={css.item} aria-current={current === contact.contact || undefined} onClick={() => onShow(contact.contact)}
      >
        <ClientTag initials={contact.client.initials} hue={contact.client.hue} size={28} />
        <span className={css.names}>
          <span className={css.line}>
            <strong className={css.who}>{contact.customer.name}</strong>
            {contact.state === 'wrap_up' && contact.until ? <Until at={contact.until} className={css.clock} /> : <Since at={contact.since} className={css.clock} />}
          </span>
          <span className={css.line}>
            <span className={css.last}>
              {writes !== undefined && writes > now ? <em>{t('desk.typing')}</em> : last?.body || contact.client.name}
            </span>
            {count > 0 && <span className={css.count}>{count}<span className="visually-hidden"> {t('desk.unread', { count })}</span></span>}
          </span>
          <span className={css.line}>
            <span className={css.of}>{contact.client.name}</span>
            {away && <IconPlugX size={14} stroke={1.8} className={css.gone} role="img" aria-label={t('desk.customer_away')} />}
            {contact.state !== 'talking' && <StatePill state={{ kind: contact.state }} />}
          </span>
        </span>
      </button>
    </li>
  );
}
