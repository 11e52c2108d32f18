import { Anchor, Button, Textarea, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconHandGrab, IconMail } from '@tabler/icons-react';
import { useEffect, useRef, useState, type Ref } from 'react';

import { path } from '../api/client';
import { leads, useMe } from '../api/session';
import type { LeftMessageView } from '../api/types';
import { formatAgo, formatDateTime, useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { ClientTag } from '../ui/ClientTag';
import { KeyHint } from '../ui/KeyHint';
import css from './Left.module.css';
import { mailto } from './mailto';
import { sender } from './sender';
import { useStep } from './useLeft';

const looks = { open: ['offered', '●'], taken: ['talking', '■'], done: ['available', '✓'] } as const;

/** What one may do with a message, and by which words it is refused. */
export function rights(me: ReturnType<typeof useMe>, left: LeftMessageView) {
  const mine = left.taken_by !== null && left.taken_by !== undefined && left.taken_by === me.agent;
  return { mine, take: left.state === 'open', answer: left.state === 'taken' && mine, back: left.state !== 'open' && (mine || leads(me)) };
}

/** A message that was left, with the work on it. */
export function Message({ left, current, answering, onAnswering, onFocus, ref }: {
  left: LeftMessageView; current: boolean; answering: boolean; onAnswering: (open: boolean) => void; onFocus: () => void; ref: Ref<HTMLElement>;
}) {
  const t = useT();
  const me = useMe();
  const now = useNow();
  const step = useStep();
  const { mine, take, answer, back } = rights(me, left);
  const who = sender(left, t);
  const [look, glyph] = looks[left.state];
  const title = `left-${left.message}`;
  return (
    <article
      ref={ref} className={css.message} tabIndex={-1} aria-labelledby={title} data-state={left.state}
      onFocusCapture={onFocus}
    >
      <header className={css.head}>
        <ClientTag initials={left.client_initials} hue={left.client_hue} size={24} />
        <h2 id={title} className={css.who}>
          <span>{who}</span>
          <span className={css.client}>{left.client_name}{left.queue_name ? ` · ${left.queue_name}` : ''}</span>
        </h2>
        <span className={css.pill} style={{ color: `var(--${look})`, background: `var(--${look}-bg)` }}>
          <span aria-hidden>{glyph}</span> {t(`left.state_${left.state}`)}{left.taken_by_name ? ` · ${mine ? t('left.you') : left.taken_by_name}` : ''}
        </span>
        <time className={`num ${css.since}`} dateTime={left.at} title={formatDateTime(left.at)}>{formatAgo(Date.parse(left.at) - now)}</time>
      </header>
      {left.kind === 'voicemail'
        ? (
          <div className={css.voicemail}>
            <p className={css.body}>
              {t('left.voicemail')}
              {left.due && left.state !== 'done' && <span data-late={Date.parse(left.due) < now || undefined} className={css.due}> · {t(Date.parse(left.due) < now ? 'left.overdue' : 'left.due', { at: formatDateTime(left.due) })}</span>}
            </p>
            {/* Nobody has written down what was said. */}
            {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
            {left.recording && <audio controls preload="none" src={`/api/v1${path`/left-messages/${left.client}/${left.message}/audio`}`} aria-label={t('left.listen', { name: who })} />}
          </div>
        )
        : <p className={css.body} lang={left.language}>{left.body}</p>}
      {left.state === 'done' && left.note && (
        <p className={css.note}><strong>{t('left.answered_so')}</strong> {left.note}{left.done ? <span className={css.when}> {formatDateTime(left.done)}</span> : null}</p>
      )}
      {answering && answer ? (
        <NoteForm left={left} pending={step.isPending} onCancel={() => onAnswering(false)} onSend={(note) => step.mutate({ left, what: 'done', note }, { onSuccess: () => onAnswering(false) })} />
      ) : (
        <footer className={css.foot}>
          {left.email && <Anchor href={`mailto:${left.email}`} size="xs">{left.email}</Anchor>}
          {left.phone && <Anchor href={`tel:${left.phone}`} size="xs">{left.phone}</Anchor>}
          {!me.client && (
            <div className={css.acts}>
              {back && (
                <Button
                  variant="subtle" color="gray" leftSection={<IconArrowBackUp size={14} />} loading={step.isPending && step.variables?.what === 'reopen'}
                  onClick={() => step.mutate({ left, what: 'reopen', from: left.state })}
                >
                  {t(left.state === 'done' ? 'left.reopen' : 'left.give_back')}
                </Button>
              )}
              {(take || answer) && left.may_answer && left.email && (
                <Button
                  component="a" href={mailto(left)} variant={answer ? 'light' : 'default'} leftSection={<IconMail size={14} />}
                  onClick={() => {
                    // Whoever writes has it: nobody else should write as well.
                    if (take) step.mutate({ left, what: 'take' });
                  }}
                >
                  {t('left.write')}
                </Button>
              )}
              {take && (
                <Tooltip label={t('left.not_signed_off', { client: left.client_name })} disabled={left.may_answer}>
                  <Button
                    leftSection={<IconHandGrab size={14} />} rightSection={current && left.may_answer ? <KeyHint>T</KeyHint> : null} aria-keyshortcuts="T"
                    data-disabled={!left.may_answer || undefined} aria-disabled={!left.may_answer || undefined}
                    loading={step.isPending && step.variables?.what === 'take'} onClick={() => left.may_answer && step.mutate({ left, what: 'take' })}
                  >
                    {t('left.take')}
                  </Button>
                </Tooltip>
              )}
              {answer && (
                <Button
                  leftSection={<IconCheck size={14} />} rightSection={current ? <KeyHint>D</KeyHint> : null} aria-keyshortcuts="D"
                  onClick={() => onAnswering(true)}
                >
                  {t('left.done')}
                </Button>
              )}
            </div>
          )}
        </footer>
      )}
    </article>
  );
}

function NoteForm({ left, pending, onSend, onCancel }: { left: LeftMessageView; pending: boolean; onSend: (note: string) => void; onCancel: () => void }) {
  const t = useT();
  const [note, setNote] = useState(left.note ?? '');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const ready = note.trim() !== '';
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSend(note);
      }}
    >
      <Textarea
        ref={field} label={t('left.note')} description={t('left.note_text')} required autosize minRows={2} maxRows={8} maxLength={4000} value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
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
        <Button type="submit" disabled={!ready} loading={pending} rightSection={<KeyHint>Ctrl ↵</KeyHint>} aria-keyshortcuts="Control+Enter">{t('left.save_done')}</Button>
      </div>
    </form>
  );
}
