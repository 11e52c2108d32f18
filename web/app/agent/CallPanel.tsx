import { Button, Group, Popover, TextInput } from '@mantine/core';
import {
  IconDialpad, IconEarOff, IconHandStop, IconMicrophone, IconMicrophoneOff, IconPhoneCall, IconPhoneIncoming, IconPhoneOff, IconPhoneOutgoing, IconPhonePlus,
  IconPlayerPause, IconPlayerRecord, IconSpeakerphone, IconUsersGroup,
} from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';

import type { DeskCall, DeskContact, OutsideView } from '../api/types';
import { useT } from '../i18n/t';
import { live } from '../live/hub';
import { useCell } from '../live/store';
import { endingWords } from '../ui/ending';
import { KeyHint } from '../ui/KeyHint';
import { Until } from '../ui/Timer';
import { inHand, useAct } from './act';
import { keyForAria, keyLabel, useActions, useBindings } from './bindings';
import css from './CallPanel.module.css';
import { press } from './digits';
import { usePhone } from './phone/usePhone';

type Props = { contact: DeskContact; lost: boolean; front: boolean; narrow: boolean };

/** Whether there is a call that rings or is connected. */
const isUnderWay = (call: DeskCall | null | undefined): call is DeskCall => Boolean(call && call.state !== 'ended');

/** The telephone side of a contact: with whom, how the call is, and what can be done in it. */
export function CallPanel({ contact, lost, front, narrow }: Props) {
  const t = useT();
  const { call } = contact;
  const toCall = contact.channel === 'callback' && contact.state === 'talking' && !isUnderWay(call);
  if (!call && !toCall) return null;
  return (
    <section className={css.call} aria-label={t('call.call')} data-narrow={narrow || undefined}>
      {call && <Facts call={call} />}
      {call && <Found call={call} />}
      {toCall && <CallBack contact={contact} lost={lost} />}
      {isUnderWay(call) && inHand(contact) && <Acts contact={contact} call={call} lost={lost} front={front} />}
      {isUnderWay(call) && call.recording === 'paused' && !call.pause_until && (
        <p className={css.alarm} role="alert"><IconPlayerPause size={15} stroke={1.8} aria-hidden /> {t('call.pause_left_open')}</p>
      )}
      {isUnderWay(call) && call.unheard && (
        <p className={css.alarm} role="alert"><IconEarOff size={15} stroke={1.8} aria-hidden /> {t(`call.unheard_${call.unheard}`)}</p>
      )}
      {isUnderWay(call) && call.held_by_customer && <p className={css.note}><IconHandStop size={15} stroke={1.8} aria-hidden /> {t('call.held_by_customer')}</p>}
      {isUnderWay(call) && call.supervisor && (
        <p className={css.note}>
          <IconSpeakerphone size={15} stroke={1.8} aria-hidden />
          {call.supervisor === 'whisper' ? t('call.whispered') : call.supervisor === 'barge' ? t('call.barged') : call.supervisor}
        </p>
      )}
    </section>
  );
}

const STATES = { ringing: 'call.state_ringing', connected: 'call.state_connected', ended: 'call.state_ended' } as const;
const isState = (word: string): word is keyof typeof STATES => word in STATES;

function Facts({ call }: { call: DeskCall }) {
  const t = useT();
  const Way = call.direction === 'inbound' ? IconPhoneIncoming : IconPhoneOutgoing;
  return (
    <div className={css.facts}>
      <span className={css.way}><Way size={16} stroke={1.8} role="img" aria-label={t(`call.${call.direction}`)} /></span>
      <bdi className={`num ${css.number}`}>{call.number ?? t('call.withheld')}</bdi>
      {call.dialled && <span className={css.dim}>{t(call.direction === 'inbound' ? 'call.dialled' : 'call.shown', { number: call.dialled })}</span>}
      <span className={css.space} />
      <span className={css.pill} data-state={call.state}>
        {isState(call.state) ? t(STATES[call.state]) : call.state}
        {call.state === 'ended' && call.ending && <>: {endingWords(t, call.ending)}</>}
      </span>
      <Recording call={call} />
    </div>
  );
}

/** What the call flow has found out before: what it is about, and what was typed. */
function Found({ call }: { call: DeskCall }) {
  const t = useT();
  const collected = call.collected ?? [];
  if (!call.request_type && collected.length === 0) return null;
  return (
    <dl className={css.found} aria-label={t('call.found')}>
      {call.request_type && <div><dt>{t('call.request_type')}</dt><dd>{call.request_type}</dd></div>}
      {collected.map(({ name, digits }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="num">{digits ?? <span title={t('call.sensitive_why')}>{t('call.sensitive')}</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Whether the call is recorded. Nothing where the contract wants none. */
function Recording({ call }: { call: DeskCall }) {
  const t = useT();
  if (call.recording === 'off' || call.state === 'ended') return null;
  return (
    <span className={css.pill} data-recording={call.recording} role={call.recording === 'failed' ? 'alert' : undefined}>
      {call.recording === 'paused' ? <IconPlayerPause size={13} stroke={2} aria-hidden /> : <IconPlayerRecord size={13} stroke={2} aria-hidden />}
      {t(`call.recording_${call.recording}`)}
      {call.recording === 'paused' && call.pause_until && <Until at={call.pause_until} />}
    </span>
  );
}

function CallBack({ contact, lost }: Pick<Props, 'contact' | 'lost'>) {
  const t = useT();
  const run = useAct(contact.contact);
  const ready = ['ready', 'desk_phone'].includes(usePhone() ?? '');
  return (
    <div className={css.back}>
      <p className={css.promise}>{t('call.callback_promised', { customer: contact.customer.name })}</p>
      <Group gap="xs">
        <Button
          size="md" leftSection={<IconPhoneCall size={18} stroke={1.8} />} disabled={lost || !ready} loading={run.isPending && run.variables.kind === 'call-back'}
          aria-describedby={ready ? undefined : `no-phone-${contact.contact}`} onClick={() => run.mutate({ kind: 'call-back' })}
        >
          {t('call.call_back')}
        </Button>
        <Button
          size="md" variant="default" leftSection={<IconPhoneOff size={18} stroke={1.8} />} disabled={lost}
          loading={run.isPending && run.variables.kind === 'not-reached'} title={t('call.not_reached_text')} onClick={() => run.mutate({ kind: 'not-reached' })}
        >
          {t('call.not_reached')}
        </Button>
      </Group>
      {!ready && <p id={`no-phone-${contact.contact}`} className={css.why}>{t('call.phone_first')}</p>}
    </div>
  );
}

function Acts({ contact, call, lost, front }: { contact: DeskContact; call: DeskCall; lost: boolean; front: boolean }) {
  const t = useT();
  const run = useAct(contact.contact);
  const me = useCell(live().desk)?.me.agent;
  const muted = me !== undefined && (call.muted ?? []).includes(me);
  const connected = call.state === 'connected';
  const recorded = call.recording === 'on' || call.recording === 'paused';
  const busy = lost || run.isPending;
  const outside = call.outside && call.outside.state !== 'failed' ? call.outside : undefined;

  const mute = (): void => {
    if (!busy) run.mutate({ kind: 'mute', on: !muted });
  };
  const pause = (): void => {
    if (!busy && recorded) run.mutate({ kind: 'recording', paused: call.recording === 'on' });
  };
  const bindings = useBindings();
  useActions(front ? { mute, record: pause } : {});

  return (
    <>
      <div className={css.acts} role="toolbar" aria-label={t('call.controls')}>
        <Act
          icon={muted ? <IconMicrophoneOff size={18} stroke={1.7} /> : <IconMicrophone size={18} stroke={1.7} />} word={t(muted ? 'call.unmute' : 'call.mute')}
          keys={bindings.mute} disabled={busy} pressed={muted} onClick={mute}
        />
        <Keypad contact={contact} disabled={lost || !(connected || outside)} />
        {recorded && (
          <Act
            icon={call.recording === 'paused' ? <IconPlayerRecord size={18} stroke={1.7} /> : <IconPlayerPause size={18} stroke={1.7} />}
            word={t(call.recording === 'paused' ? 'call.record_again' : 'call.record_pause')} keys={bindings.record} disabled={busy}
            pressed={call.recording === 'paused'} onClick={pause}
          />
        )}
        {!outside && <CallOutside contact={contact} disabled={lost || !connected} failed={call.outside ?? undefined} />}
      </div>
      {muted && <p className={css.muted} role="status">{t('call.muted')}</p>}
      {outside && <Outside contact={contact} outside={outside} lost={lost} />}
      {call.outside?.state === 'failed' && (
        <p className={css.note} role="status">
          {t('call.outside_failed', { number: call.outside.number })}{call.outside.ending && ` ${endingWords(t, call.outside.ending)}.`}
        </p>
      )}
    </>
  );
}

function Act({ icon, word, keys, disabled, pressed, onClick }: {
  icon: ReactNode; word: string; keys: string; disabled: boolean; pressed: boolean; onClick: () => void;
}) {
  return (
    <button type="button" className={css.act} data-pressed={pressed || undefined} disabled={disabled} aria-keyshortcuts={keyForAria(keys)} onClick={onClick}>
      {icon}
      <span>{word}</span>
      <KeyHint>{keyLabel(keys)}</KeyHint>
    </button>
  );
}

const PAD = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

/** The telephone's keys, for menus at the other end; the keyboard presses them too while it is open. */
function Keypad({ contact, disabled }: { contact: DeskContact; disabled: boolean }) {
  const t = useT();
  const [opened, setOpened] = useState(false);
  const [pressed, setPressed] = useState('');
  const down = (digit: string): void => {
    setPressed((before) => (before + digit).slice(-24));
    press(contact.contact, digit);
  };
  const change = (open: boolean): void => {
    setOpened(open);
    if (open) setPressed('');
  };
  return (
    <Popover position="bottom-start" trapFocus returnFocus opened={opened && !disabled} onChange={change}>
      <Popover.Target>
        <button type="button" className={css.act} disabled={disabled} onClick={() => change(!opened)}>
          <IconDialpad size={18} stroke={1.7} />
          <span>{t('call.keypad')}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown
        aria-label={t('call.keypad')}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.altKey || event.metaKey || !/^[0-9*#]$/.test(event.key)) return;
          event.preventDefault();
          down(event.key);
        }}
      >
        <output className={`num ${css.pressed}`} aria-label={t('call.pressed')}>{pressed || '\u00a0'}</output>
        <div className={css.pad}>
          {PAD.map((digit) => (
            <button key={digit} type="button" className={css.key} data-autofocus={digit === '1' || undefined} onClick={() => down(digit)}>{digit}</button>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function CallOutside({ contact, disabled, failed }: { contact: DeskContact; disabled: boolean; failed: OutsideView | undefined }) {
  const t = useT();
  const run = useAct(contact.contact);
  const [opened, setOpened] = useState(false);
  const [number, setNumber] = useState('');
  return (
    <Popover position="bottom-start" width={300} trapFocus returnFocus opened={opened && !disabled} onChange={setOpened}>
      <Popover.Target>
        <button
          type="button" className={css.act} disabled={disabled}
          onClick={() => {
            if (!opened && failed && number === '') setNumber(failed.number);
            setOpened(!opened);
          }}
        >
          <IconPhonePlus size={18} stroke={1.7} />
          <span>{t('call.outside')}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('call.outside')}>
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (number.trim() === '' || run.isPending) return;
            run.mutate({ kind: 'outside', number: number.trim(), transfer: false }, { onSuccess: () => setOpened(false) });
          }}
        >
          <TextInput
            type="tel" size="sm" data-autofocus label={t('call.number')} description={t('call.outside_text')} autoComplete="off" maxLength={40} value={number}
            onChange={(event) => setNumber(event.currentTarget.value)}
          />
          <p className={css.hint}>{t('call.outside_call_text')}</p>
          <p className={css.hint}>{t('call.outside_transfer_text')}</p>
          <Group justify="flex-end" gap="xs">
            <Button
              size="sm" variant="default" disabled={number.trim() === '' || run.isPending}
              onClick={() => run.mutate({ kind: 'outside', number: number.trim(), transfer: true }, { onSuccess: () => setOpened(false) })}
            >
              {t('call.outside_transfer')}
            </Button>
            <Button type="submit" size="sm" disabled={number.trim() === ''} loading={run.isPending}>{t('call.call_now')}</Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

const OUTSIDE = { ringing: 'call.outside_ringing', talking: 'call.outside_talking', joined: 'call.outside_joined' } as const;
const isOutside = (word: string): word is keyof typeof OUTSIDE => word in OUTSIDE;

/** Somebody outside about this contact: alone with them, all together, or passing the call on. */
function Outside({ contact, outside, lost }: { contact: DeskContact; outside: OutsideView; lost: boolean }) {
  const t = useT();
  const run = useAct(contact.contact);
  const answered = outside.state === 'talking' || outside.state === 'joined';
  const act = (what: 'join' | 'transfer' | 'drop') => () => run.mutate({ kind: 'outside/act', act: what });
  const wait = answered ? undefined : t('call.outside_wait');
  return (
    <div className={css.outside} role="group" aria-label={t('call.outside_of', { number: outside.number })}>
      <IconPhonePlus size={16} stroke={1.8} aria-hidden />
      <span role="status">
        <bdi className={`num ${css.number}`}>{outside.number}</bdi> · {isOutside(outside.state) ? t(OUTSIDE[outside.state]) : outside.state}
      </span>
      <span className={css.space} />
      {outside.state !== 'joined' && (
        <Button variant="default" leftSection={<IconUsersGroup size={15} />} disabled={lost || !answered} title={wait} loading={run.isPending && run.variables.kind === 'outside/act' && run.variables.act === 'join'} onClick={act('join')}>
          {t('call.join')}
        </Button>
      )}
      <Button variant="light" disabled={lost || !answered} title={wait} loading={run.isPending && run.variables.kind === 'outside/act' && run.variables.act === 'transfer'} onClick={act('transfer')}>
        {t('call.transfer')}
      </Button>
      <Button variant="default" color="danger" disabled={lost} loading={run.isPending && run.variables.kind === 'outside/act' && run.variables.act === 'drop'} onClick={act('drop')}>
        {t('call.drop')}
      </Button>
    </div>
  );
}
