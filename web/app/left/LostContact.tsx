import { Anchor, Button, Textarea, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconHandGrab, IconMail, IconPhoneOutgoing, IconUserOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState, type Ref } from 'react';

import { facesOf, leads, useMe } from '../api/session';
import type { FollowUpOutcome, FollowUpView } from '../api/types';
import { formatAgo, formatDateTime, formatSpan, useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { ChannelIcon } from '../ui/ChannelIcon';
import { ClientTag } from '../ui/ClientTag';
import { KeyHint } from '../ui/KeyHint';
import css from './Left.module.css';
import { sender } from './sender';
import { useCallBack, useLostStep } from './useLost';

const looks = { open: ['offered', '●'], taken: ['talking', '■'], reached: ['available', '✓'], excused: ['away', '–'], again: ['away', '↻'] } as const;

/** What one may do with a lost contact. */
export function rights(me: ReturnType<typeof useMe>, lost: FollowUpView) {
  const holder = lost.taken_by ?? undefined;
  const mine = holder !== undefined && holder === me.agent;
  const open = lost.state === 'open' && lost.may_answer;
  const nobodys = holder === undefined && lost.may_answer;
  return { mine, take: open, close: open || (lost.state === 'taken' && mine), back: lost.state !== 'open' && (mine || nobodys || leads(me)) };
}

/** A customer who was lost, with the work on it. */
export function LostContact({ lost, current, closing, onClosing, onFocus, ref }: {
  lost: FollowUpView; current: boolean; closing: FollowUpOutcome | undefined; onClosing: (outcome: FollowUpOutcome | undefined) => void; onFocus: () => void; ref: Ref<HTMLElement>;
}) {
  const t = useT();
  const me = useMe();
  const now = useNow();
  const step = useLostStep();
  const call = useCallBack();
  const { mine, take, close, back } = rights(me, lost);
  const who = sender(lost, t);
  const [look, glyph] = looks[lost.state];
  const title = `lost-${lost.contact}`;
  const open = lost.state === 'open' || lost.state === 'taken';
  const sees = facesOf(me).includes('contacts');
  return (
    <article ref={ref} className={css.message} tabIndex={-1} aria-labelledby={title} data-state={open ? lost.state : 'done'} onFocusCapture={onFocus}>
      <header className={css.head}>
        <ClientTag initials={lost.client_initials} hue={lost.client_hue} size={24} />
        <h2 id={title} className={css.who}>
          <span>{who}</span>
          <span className={css.client}>{lost.client_name}{lost.queue_name ? ` · ${lost.queue_name}` : ''}</span>
        </h2>
        <span className={css.pill} style={{ color: `var(--${look})`, background: `var(--${look}-bg)` }}>
          <span aria-hidden>{glyph}</span> {t(`left.lost_state_${lost.state}`)}{lost.taken_by_name ? ` · ${mine ? t('left.you') : lost.taken_by_name}` : ''}
        </span>
        <time className={`num ${css.since}`} dateTime={lost.lost} title={formatDateTime(lost.lost, me.zone)}>{formatAgo(Date.parse(lost.lost) - now)}</time>
      </header>
      <p className={css.how}>
        <ChannelIcon channel={lost.channel} />
        <span>
          {formatDateTime(lost.lost, me.zone)} · {t(`reports.state_${lost.ending}`)}
          {typeof lost.wait_ms === 'number' && ` · ${t('left.waited', { span: formatSpan(lost.wait_ms) })}`}
        </span>
        {sees && <Link to="/contacts/$contact" params={{ contact: lost.contact }} className={css.see ?? ''}>{t('left.this_contact')}</Link>}
      </p>
      {!open && (lost.note || lost.by_contact) && (
        <p className={css.note}>
          {lost.by_contact
            ? <>{t(lost.state === 'again' ? 'left.came_again' : 'left.by_itself')} {sees && <Link to="/contacts/$contact" params={{ contact: lost.by_contact }} className={css.see ?? ''}>{t('left.see_contact')}</Link>}</>
            : <><strong>{t(lost.state === 'excused' ? 'left.excused_as' : 'left.said')}</strong> {lost.note}</>}
          {lost.closed ? <span className={css.when}> {formatDateTime(lost.closed, me.zone)}</span> : null}
        </p>
      )}
      {closing && close ? (
        <CloseForm
          key={closing} lost={lost} outcome={closing} pending={step.isPending} onCancel={() => onClosing(undefined)}
          onSend={(note) => step.mutate({ lost, what: 'close', outcome: closing, note }, { onSuccess: () => onClosing(undefined) })}
        />
      ) : (
        <footer className={css.foot}>
          <span className={css.ways}>
            {lost.phone && <Anchor href={`tel:${lost.phone}`} size="xs">{lost.phone}</Anchor>}
            {lost.email && <Anchor href={`mailto:${lost.email}?subject=${encodeURIComponent(lost.client_name)}`} size="xs">{lost.email}</Anchor>}
          </span>
          {!me.client && (
            <div className={css.acts}>
              {back && (
                <Button
                  variant="subtle" color="gray" leftSection={<IconArrowBackUp size={14} />} loading={step.isPending && step.variables?.what === 'reopen'}
                  onClick={() => step.mutate({ lost, what: 'reopen', from: lost.state })}
                >
                  {t(lost.state === 'taken' ? 'left.give_back' : 'left.reopen')}
                </Button>
              )}
              {close && (
                <Button variant="subtle" color="gray" leftSection={<IconUserOff size={14} />} rightSection={current ? <KeyHint>X</KeyHint> : null} aria-keyshortcuts="X" onClick={() => onClosing('excused')}>
                  {t('left.excuse')}
                </Button>
              )}
              {close && !lost.phone && lost.email && (
                <Button
                  component="a" href={`mailto:${lost.email}?subject=${encodeURIComponent(lost.client_name)}`} variant="default" leftSection={<IconMail size={14} />}
                  onClick={() => {
                    // Whoever writes has it: nobody else should write as well.
                    if (take) step.mutate({ lost, what: 'take' });
                  }}
                >
                  {t('left.write')}
                </Button>
              )}
              {close && (
                <Button variant="default" leftSection={<IconCheck size={14} />} rightSection={current ? <KeyHint>D</KeyHint> : null} aria-keyshortcuts="D" onClick={() => onClosing('reached')}>
                  {t('left.reached')}
                </Button>
              )}
              {lost.state === 'open' && (
                <Tooltip label={t('left.lost_not_signed_off', { client: lost.client_name })} disabled={lost.may_answer}>
                  <Button
                    variant={lost.phone ? 'default' : 'filled'} leftSection={<IconHandGrab size={14} />} rightSection={current && take ? <KeyHint>T</KeyHint> : null} aria-keyshortcuts="T"
                    data-disabled={!take || undefined} aria-disabled={!take || undefined}
                    loading={step.isPending && step.variables?.what === 'take'} onClick={() => take && step.mutate({ lost, what: 'take' })}
                  >
                    {t('left.take')}
                  </Button>
                </Tooltip>
              )}
              {close && lost.phone && (
                <Button leftSection={<IconPhoneOutgoing size={14} />} loading={call.isPending} onClick={() => call.mutate(lost)}>{t('left.call_back')}</Button>
              )}
            </div>
          )}
        </footer>
      )}
    </article>
  );
}

function CloseForm({ lost, outcome, pending, onSend, onCancel }: {
  lost: FollowUpView; outcome: FollowUpOutcome; pending: boolean; onSend: (note: string) => void; onCancel: () => void;
}) {
  const t = useT();
  const [note, setNote] = useState(lost.note ?? '');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const why = outcome === 'excused';
  const ready = !why || note.trim() !== '';
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSend(note);
      }}
    >
      <Textarea
        ref={field} label={t(why ? 'left.excuse_question' : 'left.reached_question')} description={t(why ? 'left.excuse_hint' : 'left.reached_hint')} required={why}
        autosize minRows={2} maxRows={8} maxLength={4000} value={note} onChange={(event) => setNote(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.preventDefault();
            onCancel();
          } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && ready && !pending) {
            event.preventDefault();
            onSend(note);
          }
        }}
      />
      <div className={css.acts}>
        <Button variant="default" onClick={onCancel}>{t('shell.cancel')}</Button>
        <Button type="submit" disabled={!ready} loading={pending} rightSection={<KeyHint>Ctrl ↵</KeyHint>} aria-keyshortcuts="Control+Enter">{t(why ? 'left.save_excused' : 'left.save_reached')}</Button>
      </div>
    </form>
  );
}
