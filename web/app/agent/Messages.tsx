import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconArrowDown, IconCheck, IconChecks, IconLock, IconPaperclip } from '@tabler/icons-react';
import { Fragment, useLayoutEffect, useRef, useState } from 'react';

import { get, path } from '../api/client';
import type { AttachmentView, DeskContact, MessageView } from '../api/types';
import { formatBytes, formatDate, formatTime, useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { mergeMessages } from '../live/desk';
import { useCell } from '../live/store';
import css from './Messages.module.css';
import { drop, sendAgain, type Pending } from './outbox';
import { typing } from './signs';

/** Nearer to the end than this many pixels, the conversation follows new messages. */
const AT_END = 60;

/** What was written so far, what is being sent, and whether the customer types. */
export function Messages({ contact, messages, pending }: { contact: DeskContact; messages: MessageView[]; pending: Pending[] }) {
  const t = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [behind, setBehind] = useState(false);
  const [earlier, setEarlier] = useState<MessageView[]>([]);
  const load = useMutation({
    mutationFn: () => get<MessageView[]>(path`/desk/contacts/${contact.contact}/messages`),
    onSuccess: setEarlier,
  });
  const all = mergeMessages(earlier, messages);
  const first = all[0];
  const now = useNow();
  const types = (useCell(typing).get(contact.contact) ?? 0) > now;
  const last = all.at(-1)?.seq ?? 0;

  const toEnd = (): void => {
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  };
  useLayoutEffect(() => {
    if (follows.current) toEnd();
    else setBehind(true);
  }, [last, pending.length]);
  useLayoutEffect(() => {
    if (follows.current) toEnd();
  }, [types]);

  const lastRead = all.findLast(({ author, seq }) => author === 'agent' && seq <= (contact.customer_read ?? 0))?.seq;
  return (
    <div className={css.wrap}>
      <div
        ref={scroller} className={css.scroller} role="log" tabIndex={0} aria-label={t('desk.messages')}
        onScroll={(event) => {
          const box = event.currentTarget;
          follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END;
          if (follows.current) setBehind(false);
        }}
      >
        {first && first.seq > 1 && (
          <div className={css.center}>
            <Button variant="subtle" loading={load.isPending} onClick={() => load.mutate()}>{t('desk.earlier')}</Button>
          </div>
        )}
        {all.length === 0 && pending.length === 0 && <p className={css.system}>{t('desk.no_messages')}</p>}
        {all.map((message, i) => (
          <Fragment key={message.id}>
            {dayOf(message.at) !== dayOf(all[i - 1]?.at) && i > 0 && <p className={css.system}>{formatDate(message.at)}</p>}
            <Message message={message} language={contact.language} follows={all[i - 1]?.author === message.author} read={message.seq === lastRead} />
          </Fragment>
        ))}
        {pending.map((one) => (
          <div key={one.clientId} className={css.row} data-author={one.note ? 'note' : 'agent'}>
            <div className={css.bubble} data-pending>
              {one.note && <NoteLabel />}
              {one.body && <p className={css.body}>{one.body}</p>}
              {one.attachment && <Attachment file={one.attachment} />}
            </div>
            {one.state.kind === 'sending' ? <span className={css.meta}>{t('desk.sending')}</span> : (
              <span className={css.failed} role="alert">
                {t('desk.not_sent')} {one.state.message}
                <Button size="compact-xs" variant="subtle" onClick={() => sendAgain(one.clientId)}>{t('shell.again')}</Button>
                <Button size="compact-xs" variant="subtle" color="gray" onClick={() => drop(one.clientId)}>{t('desk.drop')}</Button>
              </span>
            )}
          </div>
        ))}
        {types && <p className={css.typing}>{t('desk.customer_types', { customer: contact.customer.name })}</p>}
      </div>
      {behind && (
        <Button className={css.jump ?? ''} radius="xl" leftSection={<IconArrowDown size={14} />} onClick={toEnd}>{t('desk.new_below')}</Button>
      )}
    </div>
  );
}

const dayOf = (at: string | undefined): string => (at ? new Date(at).toDateString() : '');

function NoteLabel() {
  const t = useT();
  return <span className={css.noteLabel}><IconLock size={12} stroke={2} aria-hidden /> {t('desk.note_label')}</span>;
}

/** One message, on the side of who wrote it. */
export function Message({ message, language, follows, read, zone }: {
  message: MessageView; language?: string; follows: boolean; read: boolean; zone?: string;
}) {
  const t = useT();
  if (message.author === 'system') {
    return <p className={css.system}><span lang={language}>{message.body}</span> <time dateTime={message.at}>{formatTime(message.at, zone)}</time></p>;
  }
  const note = message.author === 'note';
  return (
    <div className={css.row} data-author={message.author} data-follows={follows || undefined}>
      {!follows && <span className={css.author}>{message.author_name}</span>}
      <div className={css.bubble}>
        {note && <NoteLabel />}
        {message.body && <p className={css.body} lang={note ? undefined : language}>{message.body}</p>}
        {message.attachment && <Attachment file={message.attachment} />}
      </div>
      <span className={css.meta}>
        <time dateTime={message.at}>{formatTime(message.at, zone)}</time>
        {message.author === 'agent' && (read
          ? <><IconChecks size={13} stroke={1.8} aria-hidden /> {t('desk.read')}</>
          : <IconCheck size={13} stroke={1.8} role="img" aria-label={t('desk.sent')} />)}
      </span>
    </div>
  );
}

function Attachment({ file }: { file: AttachmentView }) {
  return (
    <a className={css.file} href={file.url} target="_blank" rel="noreferrer" download={file.name}>
      <IconPaperclip size={14} stroke={1.8} aria-hidden />
      <span>{file.name}</span>
      <span className={css.size}>{formatBytes(file.bytes)}</span>
    </a>
  );
}
