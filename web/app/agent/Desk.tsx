import { Button, SegmentedControl } from '@mantine/core';
import { IconBellOff, IconColumns2, IconHeadset, IconLayoutSidebar, IconPhonePlus } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';

import type { DeskContact, DeskView, Id } from '../api/types';
import { useT } from '../i18n/t';
import { live } from '../live/hub';
import { useCell } from '../live/store';
import { Empty } from '../ui/Empty';
import { act, inHand, withColleague } from './act';
import { showError } from '../ui/toast';
import { Away } from './Away';
import { useActions } from './bindings';
import { ContactList } from './ContactList';
import { Conversation, loadCallPanel } from './Conversation';
import { CustomerPanel } from './CustomerPanel';
import css from './Desk.module.css';
import { OfferPreview } from './OfferPreview';
import { sendAllAgain } from './outbox';
import { dialling, usePhone } from './phone/usePhone';
import { soundAllowed, unlockSound } from './ring';
import { Today } from './Today';

// What is opened over the desk comes after it; fetched as soon as the desk stands, so that F9 does not wait.
const loadStartShift = () => import('./StartShift');
const loadTransfer = () => import('./Transfer');
const loadQuestions = () => import('./questions');
const NextShifts = lazy(async () => ({ default: (await import('./NextShifts')).NextShifts }));
const StartShift = lazy(async () => ({ default: (await loadStartShift()).StartShift }));
const Transfer = lazy(async () => ({ default: (await loadTransfer()).Transfer }));
const EndQuestion = lazy(async () => ({ default: (await loadQuestions()).EndQuestion }));
const KeyList = lazy(async () => ({ default: (await loadQuestions()).KeyList }));

/** More conversations side by side than this are too narrow to read. */
const COLUMNS = 3;

/** The agent's desk: what is offered, what is in hand, and the customer in front. */
export default function Desk() {
  const t = useT();
  const hub = live();
  useEffect(() => hub.follow('desk'), [hub]);
  const desk = useCell(hub.desk);
  const status = useCell(hub.status);
  useEffect(() => {
    if (status.kind === 'live') sendAllAgain();
  }, [status.kind]);

  if (!desk) return <Empty title={t(status.kind === 'lost' ? 'shell.reconnecting' : 'desk.loading')} icon={<IconHeadset size={36} stroke={1.2} />} />;
  if (desk.me.state.kind === 'signed_out' && desk.contacts.length === 0) return <Suspense><StartShift name={desk.me.name} /></Suspense>;
  return <Floor desk={desk} lost={status.kind !== 'live'} />;
}

/** What somebody is asked in front of the desk. */
type Asking = { kind: 'transfer' | 'end'; contact: Id } | { kind: 'keys' } | undefined;

function Floor({ desk, lost }: { desk: DeskView; lost: boolean }) {
  const t = useT();
  const navigate = useNavigate();
  const { contact: wanted, columns } = useSearch({ from: '/frame/desk' });
  const [asking, setAsking] = useState<Asking>();
  useEffect(() => {
    void loadTransfer();
    void loadQuestions();
  }, []);
  const spoken = usePhone() !== undefined;
  useEffect(() => {
    if (spoken) void loadCallPanel();
  }, [spoken]);
  const { contacts } = desk;
  const current = contacts.find(({ contact }) => contact === wanted) ?? contacts.find(({ state }) => state !== 'offered') ?? contacts[0];
  const offered = contacts.find(({ state }) => state === 'offered');
  const beside = contacts.filter(({ state }) => state !== 'offered').slice(0, COLUMNS);
  const sideBySide = columns === true && beside.length > 1 && current?.state !== 'offered';

  const show = (contact: Id): void => void navigate({ to: '/desk', search: { contact, ...(columns ? { columns } : {}) } });
  const ask = (question: Asking): void => setAsking(question);
  const answer = (contact: DeskContact): void => {
    show(contact.contact);
    void act(contact.contact, { kind: 'answer' }).catch(showError);
  };
  const step = (by: number): void => {
    const at = contacts.findIndex(({ contact }) => contact === current?.contact);
    const next = contacts[(at + by + contacts.length) % contacts.length];
    if (next) show(next.contact);
  };
  useActions(lost ? {} : {
    answer: () => offered && answer(offered),
    refuse: () => offered && void act(offered.contact, { kind: 'refuse' }).catch(showError),
    hold: () => {
      if (current?.state === 'talking') void act(current.contact, { kind: 'hold' }).catch(showError);
      else if (current?.state === 'holding') void act(current.contact, { kind: 'resume' }).catch(showError);
    },
    end: () => current && inHand(current) && ask({ kind: 'end', contact: current.contact }),
    transfer: () => current && inHand(current) && ask({ kind: 'transfer', contact: current.contact }),
    conference: () => current?.state === 'consulting' && withColleague(current) && void act(current.contact, { kind: 'conference' }).catch(showError),
    previous: () => step(-1),
    next: () => step(1),
  }, { '?': () => ask({ kind: 'keys' }) });

  const about = asking && asking.kind !== 'keys' ? contacts.find(({ contact }) => contact === asking.contact) : undefined;
  const pane = (contact: DeskContact, narrow: boolean) => (
    <Conversation
      key={contact.contact} contact={contact} lost={lost} narrow={narrow} front={contact.contact === current?.contact}
      onFocus={() => contact.contact !== current?.contact && show(contact.contact)}
      onTransfer={() => ask({ kind: 'transfer', contact: contact.contact })}
      onEnd={() => ask({ kind: 'end', contact: contact.contact })}
    />
  );

  return (
    <div className={css.desk} data-columns={sideBySide || undefined}>
      <h1 className="visually-hidden">{t('shell.face_desk')}</h1>
      <aside className={css.list} aria-label={t('desk.contacts')}>
        <SoundBar />
        <div className={css.contacts}>
          <ContactList contacts={contacts} current={current?.contact} lost={lost} onShow={show} onAnswer={answer} />
        </div>
        {beside.length > 1 && (
          <SegmentedControl
            className={css.view ?? ''} fullWidth value={columns ? 'columns' : 'one'} aria-label={t('desk.view')}
            onChange={(value) => void navigate({ to: '/desk', search: { ...(current ? { contact: current.contact } : {}), ...(value === 'columns' ? { columns: true } : {}) } })}
            data={[
              { value: 'one', label: <ViewLabel icon={<IconLayoutSidebar size={14} />} text={t('desk.view_single')} /> },
              { value: 'columns', label: <ViewLabel icon={<IconColumns2 size={14} />} text={t('desk.view_columns')} /> },
            ]}
          />
        )}
        <DialButton lost={lost} />
        <Suspense><NextShifts /></Suspense>
        <Today figures={desk.me.today} onKeys={() => ask({ kind: 'keys' })} />
      </aside>

      {!current && (
        <section className={css.alone} aria-label={t('desk.conversation')}>
          <Away me={desk.me} lost={lost} />
        </section>
      )}
      {current && current.state === 'offered' && (
        <section className={css.empty} aria-label={t('desk.conversation')}><OfferPreview contact={current} lost={lost} onAnswer={() => answer(current)} /></section>
      )}
      {current && current.state !== 'offered' && (sideBySide
        ? <div className={css.columns}>{beside.map((contact) => pane(contact, true))}</div>
        : pane(current, false))}
      {current && !sideBySide && <CustomerPanel contact={current} />}

      <p className="visually-hidden" role="alert">
        {offered ? t('desk.ringing_say', { client: offered.client.name, customer: offered.customer.name }) : ''}
      </p>
      <Suspense>
        {asking?.kind === 'transfer' && about && <Transfer contact={about} onClose={() => setAsking(undefined)} />}
        {asking?.kind === 'end' && about && inHand(about) && <EndQuestion contact={about} onClose={() => setAsking(undefined)} />}
        {asking?.kind === 'keys' && <KeyList onClose={() => setAsking(undefined)} />}
      </Suspense>
    </div>
  );
}

function ViewLabel({ icon, text }: { icon: React.ReactNode; text: string }) {
  return <span className={css.viewLabel}>{icon}{text}</span>;
}

/** Calls somebody, where there is a telephone. */
function DialButton({ lost }: { lost: boolean }) {
  const t = useT();
  const phone = usePhone();
  if (!phone) return null;
  return (
    <Button className={css.dial ?? ''} variant="default" leftSection={<IconPhonePlus size={15} stroke={1.8} />} disabled={lost} onClick={() => dialling.set(true)}>
      {t('call.dial')}
    </Button>
  );
}

/** Says that the browser keeps the desk silent, which must never go unnoticed. */
function SoundBar() {
  const t = useT();
  const allowed = useCell(soundAllowed);
  if (allowed) return null;
  return (
    <button type="button" className={css.sound} onClick={() => void unlockSound()}>
      <IconBellOff size={15} stroke={1.8} />
      <span>{t('desk.sound_blocked')}</span>
    </button>
  );
}
