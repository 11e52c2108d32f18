import { IconArrowsExchange, IconPhoneOff, IconPlayerPause, IconPlayerPlay, IconPlugX, IconUsersGroup } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, type ReactNode } from 'react';

import type { DeskContact, MessageView } from '../api/types';
import { useT } from '../i18n/t';
import { useCell } from '../live/store';
import { ChannelIcon } from '../ui/ChannelIcon';
import { ClientTag } from '../ui/ClientTag';
import { KeyHint } from '../ui/KeyHint';
import { StatePill } from '../ui/StatePill';
import { Since } from '../ui/Timer';
import { inHand, isSpoken, useAct, withColleague } from './act';
import { keyForAria, keyLabel, useBindings, type Action } from './bindings';
import { Composer } from './Composer';
import css from './Conversation.module.css';
import { Messages } from './Messages';
import { outbox, pendingOf, tidy } from './outbox';
import { gone, markSeen } from './signs';
import { useReading } from './useReading';
import { WrapUp } from './WrapUp';

/** Fetched by the desk as soon as there is a telephone. */
export const loadCallPanel = () => import('./CallPanel');
const CallPanel = lazy(async () => ({ default: (await loadCallPanel()).CallPanel }));

/** One and the same, so that it does not count as a change. */
const NOTHING: MessageView[] = [];

type Props = {
  contact: DeskContact; lost: boolean; narrow: boolean; front: boolean;
  onFocus: () => void; onTransfer: () => void; onEnd: () => void;
};

/** One conversation: who and for whom, what can be done, what was written, and the words to come. */
export function Conversation({ contact, lost, narrow, front, onFocus, onTransfer, onEnd }: Props) {
  const t = useT();
  const messages = contact.messages ?? NOTHING;
  const pending = pendingOf(useCell(outbox), contact.contact, messages);
  useEffect(() => tidy(contact.contact, messages), [contact.contact, messages]);
  useReading(contact, front && !lost, (upto) => markSeen(contact.contact, upto));
  const away = useCell(gone).has(contact.contact);

  return (
    <section
      className={css.pane} data-front={front || undefined} data-narrow={narrow || undefined} onFocusCapture={onFocus}
      aria-label={t('desk.conversation_with', { customer: contact.customer.name, client: contact.client.name })}
    >
      <header className={css.head}>
        <ClientTag initials={contact.client.initials} hue={contact.client.hue} size={36} />
        <div className={css.names}>
          <h2 className={css.client}>{contact.client.name}</h2>
          <p className={css.customer}>
            <ChannelIcon channel={contact.channel} />
            <span className={css.cut}>{contact.customer.name}</span>
            {away && <span className={css.away}><IconPlugX size={13} stroke={1.8} aria-hidden /> {t('desk.customer_away')}</span>}
          </p>
        </div>
        <div className={css.clock}>
          <StatePill state={{ kind: contact.state }} />
          <Since at={contact.since} />
        </div>
      </header>
      {inHand(contact) && <Controls contact={contact} lost={lost} narrow={narrow} onTransfer={onTransfer} onEnd={onEnd} />}
      {isSpoken(contact) && <Suspense><CallPanel contact={contact} lost={lost} front={front} narrow={narrow} /></Suspense>}
      {contact.over_limit && <p className={css.limit}>{t('desk.over_limit')}</p>}
      {isSpoken(contact) && messages.length === 0
        ? <Spoken contact={contact} />
        : <Messages contact={contact} messages={messages} pending={pending} />}
      {contact.state === 'wrap_up' && <WrapUp contact={contact} lost={lost} front={front} />}
      {contact.state !== 'wrap_up' && !isSpoken(contact)
        && <Composer contact={contact} lost={lost} front={front} empty={!messages.some(({ author }) => author === 'agent')} />}
    </section>
  );
}

/** Where nothing is written: the words to say, large enough to be read aloud. */
function Spoken({ contact }: { contact: DeskContact }) {
  const t = useT();
  return (
    <div className={css.spoken}>
      <p className={css.sayFirst}>{t('desk.say_first')}</p>
      <p className={css.say} lang={contact.language}>{contact.greeting}</p>
    </div>
  );
}

function Controls({ contact, lost, narrow, onTransfer, onEnd }: Pick<Props, 'contact' | 'lost' | 'narrow' | 'onTransfer' | 'onEnd'>) {
  const t = useT();
  const run = useAct(contact.contact);
  const held = contact.state === 'holding';
  const consulting = contact.state === 'consulting';
  const busy = lost || run.isPending;
  return (
    <div className={css.controls} role="toolbar" aria-label={t('desk.controls')} data-narrow={narrow || undefined}>
      <Control
        icon={held ? <IconPlayerPlay size={18} stroke={1.7} /> : <IconPlayerPause size={18} stroke={1.7} />}
        word={held ? t('desk.resume') : t('desk.hold')} action="hold" disabled={busy || consulting} pressed={held}
        onClick={() => run.mutate({ kind: held ? 'resume' : 'hold' })}
      />
      <Control
        icon={<IconArrowsExchange size={18} stroke={1.7} />} word={t('desk.transfer')} action="transfer" disabled={busy} onClick={onTransfer}
      />
      {consulting && (
        <Control
          icon={<IconUsersGroup size={18} stroke={1.7} />} word={t('desk.conference')} action="conference"
          disabled={busy || !withColleague(contact)} onClick={() => run.mutate({ kind: 'conference' })}
        />
      )}
      {withColleague(contact) && !narrow && <span className={css.with}>{t('desk.with', { names: (contact.with ?? []).join(', ') })}</span>}
      <span className={css.space} />
      <Control danger icon={<IconPhoneOff size={18} stroke={1.7} />} word={t('desk.end')} action="end" disabled={busy} onClick={onEnd} />
    </div>
  );
}

function Control({ icon, word, action, disabled, danger = false, pressed, onClick }: {
  icon: ReactNode; word: string; action: Action; disabled: boolean; danger?: boolean; pressed?: boolean; onClick: () => void;
}) {
  const key = useBindings()[action];
  return (
    <button
      type="button" className={css.control} data-danger={danger || undefined} data-pressed={pressed || undefined}
      disabled={disabled} onClick={onClick} aria-keyshortcuts={keyForAria(key)}
    >
      {icon}
      <span>{word}</span>
      <KeyHint>{keyLabel(key)}</KeyHint>
    </button>
  );
}
