// What of a recording does not leave the house: the spans, and the form that marks one.
import { Button, Group, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconEyeOff, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';

import { tellChanged } from '../admin/data';
import { path, post, request } from '../api/client';
import { ApiError } from '../api/errors';
import type { NewRedaction, RecordingView, RedactedSide, RedactionReason, RedactionView } from '../api/types';
import { sayFault } from '../i18n/said';
import { formatDateTime, needFace, useT } from '../i18n/t';
import css from './Player.module.css';
import { formatPlace, readPlace } from './span';

// The words of what is taken back are the administration's.
await Promise.all([needFace('admin'), needFace('redaction')]);

const SIDES: readonly RedactedSide[] = ['both', 'customer', 'agents'];
const REASONS: readonly RedactionReason[] = ['payment_card', 'health', 'secret', 'third_party', 'internal', 'something_else'];

/** A span that somebody is marking, in milliseconds. */
export type Mark = { from: number; until: number };

/** The redactions of a recording; a new one is dragged over the waveform or typed. */
export default function Redact({ recording, at, mark, onMark }: {
  recording: RecordingView; at: number; mark: Mark | undefined; onMark: (mark: Mark | undefined) => void;
}) {
  const t = useT();
  const told = (message: string, id: string): void => {
    onMark(undefined);
    tellChanged(message, 'redaction', id, 'contact', 'statement');
  };
  const remove = useMutation({
    mutationFn: async (one: RedactionView) => {
      await request('DELETE', path`/recordings/${recording.recording}/redactions/${one.redaction}`);
    },
    onSuccess: (_, one) => told(t('redaction.removed'), one.redaction),
  });
  const redactions = recording.redactions ?? [];
  return (
    <div className={css.redact}>
      {redactions.length > 0 && (
        <ul className={css.spans} aria-label={t('redaction.list')}>
          {redactions.map((one) => (
            <li key={one.redaction}>
              <span className="num">{formatPlace(one.from_ms)}–{formatPlace(one.until_ms)}</span>
              <span>{t(`redaction.side_${one.side}`)} · {t(`redaction.reason_${one.reason}`)}</span>
              <span className={css.who}>{one.by ? `${one.by}, ` : ''}{formatDateTime(one.at)}</span>
              <Button
                variant="subtle" color="gray" size="compact-xs" leftSection={<IconTrash size={13} />} loading={remove.isPending && remove.variables.redaction === one.redaction}
                onClick={() => remove.mutate(one)}
              >
                {t('redaction.remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {mark
        ? <Form recording={recording} at={at} mark={mark} onMark={onMark} onDone={(made) => told(t('redaction.made'), made.redaction)} />
        : (
          <Button variant="default" size="xs" leftSection={<IconEyeOff size={14} />} onClick={() => onMark({ from: at, until: Math.min(at + 5000, recording.length_ms ?? at) })}>
            {t('redaction.mark')}
          </Button>
        )}
    </div>
  );
}

function Form({ recording, at, mark, onMark, onDone }: {
  recording: RecordingView; at: number; mark: Mark; onMark: (mark: Mark | undefined) => void; onDone: (made: RedactionView) => void;
}) {
  const t = useT();
  const [side, setSide] = useState<RedactedSide>('both');
  const [reason, setReason] = useState<RedactionReason>('payment_card');
  const save = useMutation({
    mutationFn: () => post<RedactionView>(path`/recordings/${recording.recording}/redactions`, {
      from_ms: Math.round(mark.from), until_ms: Math.round(mark.until), side, reason,
    } satisfies NewRedaction),
    onSuccess: onDone,
    meta: { quiet: true },
  });
  const refusal = save.error instanceof ApiError ? save.error : undefined;
  const [fault] = refusal?.faults ?? [];
  return (
    <form
      className={css.form} aria-label={t('redaction.mark')} noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p className={css.how}>{t('redaction.how')}</p>
      <Group gap="sm" align="flex-end">
        <Place label={t('redaction.from')} value={mark.from} here={t('redaction.from_here')} onHere={() => onMark({ ...mark, from: at })} onChange={(from) => onMark({ ...mark, from })} />
        <Place label={t('redaction.until')} value={mark.until} here={t('redaction.until_here')} onHere={() => onMark({ ...mark, until: at })} onChange={(until) => onMark({ ...mark, until })} />
        <Select
          label={t('redaction.side')} value={side} allowDeselect={false} w={180} data={SIDES.map((value) => ({ value, label: t(`redaction.side_${value}`) }))}
          onChange={(value) => value && setSide(value)}
        />
        <Select
          label={t('redaction.reason')} value={reason} allowDeselect={false} w={220} data={REASONS.map((value) => ({ value, label: t(`redaction.reason_${value}`) }))}
          onChange={(value) => value && setReason(value)}
        />
        <Button type="submit" loading={save.isPending} disabled={mark.until <= mark.from}>{t('redaction.save')}</Button>
        <Button variant="subtle" color="gray" onClick={() => onMark(undefined)}>{t('redaction.cancel')}</Button>
      </Group>
      {refusal && <p className={css.failed} role="alert">{fault ? `${sayFault(fault).message} ${sayFault(fault).next}` : `${refusal.message} ${refusal.next}`}</p>}
    </form>
  );
}

/** A place that is typed, or taken from where the player stands. */
function Place({ label, value, here, onHere, onChange }: { label: string; value: number; here: string; onHere: () => void; onChange: (ms: number) => void }) {
  const t = useT();
  // What is being typed, until it is a place.
  const [text, setText] = useState<string>();
  const bad = text !== undefined && readPlace(text) === undefined;
  return (
    <Group gap={4} align="flex-end">
      <TextInput
        label={label} w={104} className="num" inputMode="decimal" value={text ?? formatPlace(value)} error={bad ? t('redaction.no_place') : undefined}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          const ms = readPlace(typed);
          setText(typed);
          if (ms !== undefined) onChange(ms);
        }}
        onBlur={() => setText(undefined)}
      />
      <Button
        variant="default" size="xs" mb={2}
        onClick={() => {
          setText(undefined);
          onHere();
        }}
      >
        {here}
      </Button>
    </Group>
  );
}
