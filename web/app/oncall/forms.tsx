// The windows in which a list of who is on call is changed, made for a thumb.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';

import { Refusal } from '../admin/parts/Page';
import { ApiError } from '../api/errors';
import type { Id, OnCallEntryView, OnCallPersonView, OnCallTerms, OnCallView } from '../api/types';
import { formatDateTime, useT } from '../i18n/t';
import { serverNow } from '../live/clock';
import { instantOf, wallOf } from '../ui/day';
import css from './OnCall.module.css';
import { untils } from './until';
import { termsOf } from './useOnCall';

type Shared = { list: OnCallView; error: unknown; busy: boolean; onSave: (next: OnCallTerms) => void; onClose: () => void };

/** A window; the whole screen on a telephone. */
function Window({ title, error, busy, onSave, onClose, children, save, remove }: {
  title: string; error: unknown; busy: boolean; onSave: () => void; onClose: () => void; children: React.ReactNode; save?: string; remove?: () => void;
}) {
  const t = useT();
  const small = useMediaQuery('(max-width: 600px)') ?? false;
  const faults = error instanceof ApiError ? error.faults : [];
  return (
    <Modal opened onClose={onClose} title={title} fullScreen={small} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSave();
        }}
      >
        <Stack gap="md">
          <Refusal error={error} />
          {faults.length > 0 && <ul className={css.faults}>{faults.map(({ field, message, next }) => <li key={field + message}>{message} {next}</li>)}</ul>}
          {children}
          <Group justify={remove ? 'space-between' : 'flex-end'}>
            {remove && <Button variant="subtle" color="danger" onClick={remove} loading={busy}>{t('oncall.remove')}</Button>}
            <Group gap="xs">
              <Button variant="default" size="md" onClick={onClose}>{t('shell.cancel')}</Button>
              <Button type="submit" size="md" loading={busy}>{save ?? t('admin.save')}</Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** People to touch: the first touched is called first. */
function Pick({ list, order, onChange }: { list: OnCallView; order: readonly Id[]; onChange: (order: Id[]) => void }) {
  const t = useT();
  return (
    <fieldset className={css.pick}>
      <legend>{t('oncall.who')}</legend>
      {list.people.map((person) => {
        const place = order.indexOf(person.id);
        return (
          <button
            key={person.id} type="button" aria-pressed={place >= 0} className={css.choice}
            onClick={() => onChange(place >= 0 ? order.filter((id) => id !== person.id) : [...order, person.id])}
          >
            <span className={css.place}>{place >= 0 ? place + 1 : ''}</span>
            <span>{person.name}</span>
          </button>
        );
      })}
      <Text size="xs" c="var(--text-2)">{t('oncall.who_hint')}</Text>
    </fieldset>
  );
}

/** Somebody for a stretch of time: from now on, or planned. */
export function EntryForm({ list, at, now = false, error, busy, onSave, onClose }: Shared & { at?: number; now?: boolean }) {
  const t = useT();
  const { zone } = list;
  const [opened] = useState(() => serverNow());
  const kept = at === undefined ? undefined : list.entries[at];
  const ends = untils(opened, zone);
  const [order, setOrder] = useState<Id[]>(kept?.people ?? []);
  const [from, setFrom] = useState(wallOf(kept ? Date.parse(kept.from) : opened, zone));
  const [until, setUntil] = useState(wallOf(kept ? Date.parse(kept.until) : (ends[0]?.at.getTime() ?? opened), zone));
  const [own, setOwn] = useState(!now);
  const [note, setNote] = useState(kept?.note ?? '');
  const [missing, setMissing] = useState(false);
  const instant = (wall: string): string => instantOf(wall.slice(0, 10), wall.slice(11, 16), zone).toISOString();
  const save = (): void => {
    if (order.length === 0 || !until || !from) return setMissing(true);
    // What begins now begins before the next second, so that it holds when the answer comes.
    const entry: OnCallEntryView = { from: now ? new Date(opened).toISOString() : instant(from), until: instant(until), people: order, note: note.trim() };
    onSave({ ...termsOf(list), entries: at === undefined ? [...list.entries, entry] : list.entries.map((one, i) => (i === at ? entry : one)) });
  };
  return (
    <Window title={t(now ? 'oncall.change_now' : kept ? 'oncall.edit_entry' : 'oncall.plan')} error={error} busy={busy} onSave={save} onClose={onClose}>
      {missing && order.length === 0 && <Text c="danger" size="sm" role="alert">{t('oncall.choose_somebody')}</Text>}
      <Pick list={list} order={order} onChange={setOrder} />
      {!now && <TextInput type="datetime-local" size="md" label={t('oncall.from')} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />}
      <fieldset className={css.pick}>
        <legend>{t('oncall.until_when')}</legend>
        {now && (
          <div className={css.ends}>
            {ends.map(({ name, at: end }) => {
              const wall = wallOf(end.getTime(), zone);
              return (
                <button
                  key={name} type="button" className={css.end} aria-pressed={!own && until === wall}
                  onClick={() => {
                    setOwn(false);
                    setUntil(wall);
                  }}
                >
                  {t(`oncall.end_${name}`)}<small>{formatDateTime(end, zone)}</small>
                </button>
              );
            })}
            <button type="button" className={css.end} aria-pressed={own} onClick={() => setOwn(true)}>{t('oncall.end_own')}</button>
          </div>
        )}
        {own && <TextInput type="datetime-local" size="md" aria-label={t('oncall.until_when')} value={until} onChange={(event) => setUntil(event.currentTarget.value)} />}
      </fieldset>
      {!now && <TextInput size="md" label={t('oncall.note')} value={note} onChange={(event) => setNote(event.currentTarget.value)} />}
      <Text size="xs" c="var(--text-2)">{t('reports.zone', { zone })}</Text>
    </Window>
  );
}

/** Who is called when nothing is planned. */
export function OrderForm({ list, error, busy, onSave, onClose }: Shared) {
  const t = useT();
  const [order, setOrder] = useState<Id[]>(list.standing);
  return (
    <Window title={t('oncall.change_standing')} error={error} busy={busy} onSave={() => onSave({ ...termsOf(list), standing: order })} onClose={onClose}>
      <Pick list={list} order={order} onChange={setOrder} />
    </Window>
  );
}

/** Somebody who may be on call. The first one is on call from then on. */
export function PersonForm({ list, person, error, busy, onSave, onClose }: Shared & { person?: OnCallPersonView }) {
  const t = useT();
  const [form, setForm] = useState<OnCallPersonView>(person ?? { id: crypto.randomUUID(), name: '', phone: null, email: null, note: '' });
  const set = (part: Partial<OnCallPersonView>) => setForm({ ...form, ...part });
  const terms = termsOf(list);
  const save = (): void =>
    onSave(
      person
        ? { ...terms, people: terms.people.map((one) => (one.id === form.id ? form : one)) }
        : { ...terms, people: [...terms.people, form], standing: terms.standing.length === 0 ? [form.id] : terms.standing },
    );
  const without = (order: readonly Id[]): Id[] => order.filter((id) => id !== form.id);
  // An entry that named only this person goes with them.
  const remove = (): void =>
    onSave({
      people: terms.people.filter(({ id }) => id !== form.id), standing: without(terms.standing),
      entries: terms.entries.map((entry) => ({ ...entry, people: without(entry.people) })).filter((entry) => entry.people.length > 0),
    });
  return (
    <Window title={person ? t('admin.edit_of', { name: person.name }) : t('oncall.add_person')} error={error} busy={busy} onSave={save} onClose={onClose} {...(person ? { remove } : {})}>
      <TextInput size="md" label={t('oncall.name')} value={form.name} data-autofocus autoComplete="off" onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput size="md" type="tel" label={t('oncall.phone')} placeholder="+33 1 42 34 56 78" value={form.phone ?? ''} onChange={(event) => set({ phone: event.currentTarget.value || null })} />
      <TextInput size="md" type="email" label={t('oncall.email')} value={form.email ?? ''} onChange={(event) => set({ email: event.currentTarget.value || null })} />
      <TextInput size="md" label={t('oncall.know')} description={t('oncall.know_hint')} value={form.note ?? ''} onChange={(event) => set({ note: event.currentTarget.value })} />
    </Window>
  );
}
