import { Button, Group } from '@mantine/core';
import { IconCheck, IconClockPlus } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';

import { useMe } from '../api/session';
import type { DeskContact, Id } from '../api/types';
import { useT } from '../i18n/t';
import { useNow } from '../live/clock';
import { KeyHint } from '../ui/KeyHint';
import { Since, Until } from '../ui/Timer';
import { useAct } from './act';
import { keyForAria, keyLabel, useActions, useBindings } from './bindings';
import { keepUnsent, unsentOf } from './unsent';
import css from './WrapUp.module.css';

/** So long before the end of a limited wrap-up, what was entered is handed in. */
const SAVE_BEFORE_MS = 2000;

type Entered = { disposition: Id | null; note: string };

/** What was entered and not handed in; looking at another contact or a reload loses nothing. */
function unsent(user: Id, contact: Id): Entered {
  const kept = unsentOf(user, `wrap-up.${contact}`);
  if (typeof kept !== 'object' || kept === null || !('disposition' in kept) || !('note' in kept)) return { disposition: null, note: '' };
  const { disposition, note } = kept;
  return { disposition: typeof disposition === 'string' ? disposition : null, note: typeof note === 'string' ? note : '' };
}

/** Finishing the work: how it ended, a note, and a clock of its own. Stays at the bottom. */
export function WrapUp({ contact, lost, front }: { contact: DeskContact; lost: boolean; front: boolean }) {
  const t = useT();
  const { user } = useMe();
  const [{ disposition, note }, setEntered] = useState<Entered>(() => unsent(user, contact.contact));
  const finish = useAct(contact.contact);
  const extend = useAct(contact.contact);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (front) first.current?.focus();
  }, [front]);

  const change = (next: Partial<Entered>): void => {
    const all = { disposition, note, ...next };
    keepUnsent(user, `wrap-up.${contact.contact}`, all);
    setEntered(all);
  };
  const asks = contact.dispositions.length > 0;
  const missing = asks && disposition === null;
  const handedIn = (): void => keepUnsent(user, `wrap-up.${contact.contact}`, undefined);
  const done = (): void => {
    if (missing || lost || finish.isPending) return;
    finish.mutate({ kind: 'finish', disposition, note }, { onSuccess: handedIn });
  };
  const { finish: key } = useBindings();
  useActions(front ? { finish: done } : {});

  // The wrap-up ends by itself; what was written until then must not be lost with it.
  const now = useNow();
  const ending = contact.until !== null && contact.until !== undefined && Date.parse(contact.until) - now <= SAVE_BEFORE_MS;
  const worth = disposition !== null || note.trim() !== '';
  useEffect(() => {
    if (ending && worth) finish.mutate({ kind: 'finish', disposition, note }, { onSuccess: handedIn });
    // Once, when the end comes near.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [ending]);

  return (
    <form
      className={css.wrapUp} aria-label={t('desk.wrap_up')}
      onSubmit={(event) => {
        event.preventDefault();
        done();
      }}
    >
      {asks && (
        <fieldset className={css.ends}>
          <legend>{t('desk.how_ended')}</legend>
          {contact.dispositions.map(({ id, label }, i) => (
            <label key={id} className={css.end} data-chosen={id === disposition || undefined}>
              <input
                ref={i === 0 ? first : undefined} type="radio" name={`end-${contact.contact}`} checked={id === disposition}
                onChange={() => change({ disposition: id })}
              />
              {label}
            </label>
          ))}
        </fieldset>
      )}
      <textarea
        className={css.note} rows={2} maxLength={4000} value={note} aria-label={t('desk.wrap_note')} placeholder={t('desk.wrap_note')}
        onChange={(event) => change({ note: event.currentTarget.value })}
      />
      <Group justify="space-between" gap="xs">
        <span className={css.clock}>
          {contact.until ? <>{t('desk.wrap_left')} <Until at={contact.until} /></> : <>{t('desk.wrap_since')} <Since at={contact.since} /></>}
        </span>
        <Group gap="xs">
          {contact.can_extend && (
            <Button
              size="sm" variant="default" disabled={lost} loading={extend.isPending} leftSection={<IconClockPlus size={15} />}
              onClick={() => extend.mutate({ kind: 'extend' })}
            >
              {t('desk.extend')}
            </Button>
          )}
          <Button
            size="sm" type="submit" disabled={missing || lost} loading={finish.isPending} leftSection={<IconCheck size={15} />}
            rightSection={<KeyHint>{keyLabel(key)}</KeyHint>} aria-keyshortcuts={keyForAria(key)}
            {...(missing ? { title: t('desk.choose_end'), 'aria-describedby': 'choose-end' } : {})}
          >
            {t('desk.finish')}
          </Button>
        </Group>
      </Group>
      {missing && <p id="choose-end" className={css.missing}>{t('desk.choose_end')}</p>}
    </form>
  );
}
