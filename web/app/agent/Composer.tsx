import { ActionIcon, Button, FileButton, SegmentedControl, Tooltip } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconLock, IconPaperclip, IconSend, IconX } from '@tabler/icons-react';
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';

import { path, request } from '../api/client';
import type { AttachmentView, DeskContact } from '../api/types';
import { formatBytes, useT } from '../i18n/t';
import { live } from '../live/hub';
import { useActions } from './bindings';
import { Canned, useCanned } from './Canned';
import css from './Composer.module.css';
import { useDraft } from './draft';
import { send } from './outbox';

/** A typing sign is renewed no more often than this. */
const TYPING_EVERY_MS = 3000;
/** The server takes no longer messages. */
const LONGEST = 4000;

/** Where the next words are written: to the customer, or as a note for colleagues. */
export function Composer({ contact, lost, front, empty }: { contact: DeskContact; lost: boolean; front: boolean; empty: boolean }) {
  const t = useT();
  const [draft, keeper] = useDraft(contact.contact, contact.draft);
  const [note, setNote] = useState(false);
  const [file, setFile] = useState<AttachmentView>();
  const field = useRef<HTMLTextAreaElement>(null);
  const typedAt = useRef(0);
  const hint = useId();
  const canned = useCanned(contact, draft.text, (text) => {
    keeper.write(text);
    field.current?.focus();
  });
  const upload = useMutation({
    mutationFn: (chosen: File) =>
      request<AttachmentView>('POST', path`/desk/contacts/${contact.contact}/files`, chosen, { query: { name: chosen.name } }),
    onSuccess: setFile,
  });

  useEffect(() => {
    if (front) field.current?.focus();
  }, [front]);
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight + 2, 180)}px`;
  }, [draft.text]);

  const asNote = (yes: boolean): void => {
    setNote(yes);
    field.current?.focus();
  };
  useActions(front ? { note: () => asNote(true), reply: () => asNote(false), canned: () => {
    keeper.write(draft.text || '/');
    field.current?.focus();
  } } : {});

  const body = draft.text.trim();
  const ready = (body !== '' || file !== undefined) && !lost && !upload.isPending;
  const go = (): void => {
    if (!ready) return;
    send(contact.contact, body, note, file);
    keeper.clear();
    // The words that follow are a new sign of typing.
    typedAt.current = 0;
    setFile(undefined);
    setNote(false);
  };
  const write = (text: string): void => {
    keeper.write(text);
    if (!note && text !== '' && !text.startsWith('/') && Date.now() - typedAt.current > TYPING_EVERY_MS) {
      typedAt.current = Date.now();
      live().say({ type: 'typing', contact: contact.contact });
    }
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing || canned.press(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      go();
    } else if (event.key === 'Escape') {
      if (note) setNote(false);
      else event.currentTarget.blur();
    }
  };
  const take = (files: FileList | undefined): boolean => {
    const chosen = files?.[0];
    if (chosen) upload.mutate(chosen);
    return chosen !== undefined;
  };

  return (
    <div
      className={css.composer} data-note={note || undefined}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        if (take(event.dataTransfer.files)) event.preventDefault();
      }}
    >
      {empty && !note && draft.text === '' && contact.greeting !== '' && (
        <div className={css.greeting}>
          <div>
            <span className={css.say}>{t('desk.write_first')}</span>
            <p lang={contact.language}>{contact.greeting}</p>
          </div>
          <Button variant="light" disabled={lost} onClick={() => send(contact.contact, contact.greeting, false, undefined)}>{t('desk.send_greeting')}</Button>
        </div>
      )}
      <Canned state={canned} language={contact.language} />
      <textarea
        ref={field} className={css.field} rows={2} maxLength={LONGEST} value={draft.text} lang={note ? undefined : contact.language}
        aria-label={note ? t('desk.note_field') : t('desk.reply_field', { customer: contact.customer.name })} aria-describedby={hint}
        placeholder={note ? t('desk.note_hint') : t('desk.reply_hint')} onChange={(event) => write(event.currentTarget.value)}
        onKeyDown={press} {...canned.aria}
        onPaste={(event) => {
          if (event.clipboardData.files.length > 0 && take(event.clipboardData.files)) event.preventDefault();
        }}
      />
      {file && (
        <div className={css.file}>
          <IconPaperclip size={14} aria-hidden />
          <span>{file.name}</span>
          <span className={css.size}>{formatBytes(file.bytes)}</span>
          <ActionIcon variant="subtle" color="gray" size={24} aria-label={t('desk.remove_file', { name: file.name })} onClick={() => setFile(undefined)}>
            <IconX size={14} />
          </ActionIcon>
        </div>
      )}
      <div className={css.bar}>
        <SegmentedControl
          size="xs" value={note ? 'note' : 'reply'} aria-label={t('desk.write_as')} onChange={(value) => asNote(value === 'note')}
          data={[
            { value: 'reply', label: t('desk.reply') },
            { value: 'note', label: <span className={css.noteName}><IconLock size={12} aria-hidden />{t('desk.note')}</span> },
          ]}
        />
        <FileButton onChange={(chosen) => chosen && upload.mutate(chosen)}>
          {(props) => (
            <Tooltip label={t('desk.attach')}>
              <ActionIcon {...props} variant="subtle" color="gray" size={30} aria-label={t('desk.attach')} loading={upload.isPending} disabled={lost}>
                <IconPaperclip size={17} stroke={1.7} />
              </ActionIcon>
            </Tooltip>
          )}
        </FileButton>
        <span id={hint} className={css.saved} data-failed={draft.saved === 'failed' || undefined} aria-live="off">
          {draft.text !== '' ? t(`desk.draft_${draft.saved}`) : ''}
        </span>
        <Button
          size="sm" disabled={!ready} onClick={go} aria-keyshortcuts="Enter" className={css.go ?? ''}
          rightSection={note ? <IconLock size={14} /> : <IconSend size={14} />}
        >
          {note ? t('desk.keep_note') : t('desk.send')}
        </Button>
      </div>
    </div>
  );
}
