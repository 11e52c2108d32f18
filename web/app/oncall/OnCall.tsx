// Who is on call at a client: seen at a glance, and changed with a thumb in three touches.
import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconCalendarPlus, IconMail, IconPencil, IconPhone, IconPhoneCall, IconTrash, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';

import { Refusal, Section, Waiting } from '../admin/parts/Page';
import type { Id, OnCallEntryView, OnCallPersonView, OnCallTerms, OnCallView } from '../api/types';
import { formatDateTime, needFace, useT } from '../i18n/t';
import { serverNow } from '../live/clock';
import { Empty } from '../ui/Empty';
import { EntryForm, OrderForm, PersonForm } from './forms';
import css from './OnCall.module.css';
import { termsOf, useOnCall } from './useOnCall';

await Promise.all([needFace('admin'), needFace('oncall')]);

type Editing = { what: 'now' } | { what: 'entry'; at?: number } | { what: 'standing' } | { what: 'person'; person?: OnCallPersonView };

/** The list of a client; whoever may not change it reads it. */
export function OnCall({ client, mayChange }: { client: Id; mayChange: boolean }) {
  const t = useT();
  const { list, change } = useOnCall(client);
  const [editing, setEditing] = useState<Editing>();
  const data = list.data;
  if (!data) return <Waiting error={list.error} retry={() => void list.refetch()} />;
  const save = (next: OnCallTerms): void => change.mutate({ before: data, next }, { onSuccess: () => setEditing(undefined) });
  const edit = (next: Editing): void => {
    change.reset();
    setEditing(next);
  };
  const close = (): void => setEditing(undefined);
  const shared = { list: data, error: change.error, busy: change.isPending, onSave: save, onClose: close };
  const nobody = data.people.length === 0;
  return (
    <div className={css.page}>
      {!editing && <Refusal error={change.error} />}
      <Now list={data}>
        {mayChange && !nobody && <Button size="lg" fullWidth leftSection={<IconPhoneCall size={20} />} onClick={() => edit({ what: 'now' })}>{t('oncall.change_now')}</Button>}
      </Now>
      {nobody ? (
        <Empty title={t('oncall.nobody_known')} action={mayChange && <Button leftSection={<IconUserPlus size={16} />} onClick={() => edit({ what: 'person' })}>{t('oncall.add_person')}</Button>}>
          {mayChange ? t('oncall.nobody_known_next') : null}
        </Empty>
      ) : (
        <>
          <Section title={t('oncall.planned')} hint={t('oncall.planned_hint')}>
            <Entries list={data} mayChange={mayChange} onEdit={(at) => edit({ what: 'entry', at })} onRemove={(at) => save({ ...termsOf(data), entries: data.entries.filter((_, i) => i !== at) })} />
            {mayChange && <div><Button variant="default" leftSection={<IconCalendarPlus size={16} />} onClick={() => edit({ what: 'entry' })}>{t('oncall.plan')}</Button></div>}
          </Section>
          <Section title={t('oncall.standing')} hint={t('oncall.standing_hint')}>
            <Order list={data} people={data.standing} />
            {mayChange && <div><Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => edit({ what: 'standing' })}>{t('oncall.change_standing')}</Button></div>}
          </Section>
          <Section title={t('oncall.people')}>
            <ul className={css.rows}>
              {data.people.map((person) => (
                <li key={person.id} className={css.row}>
                  <Person person={person} />
                  {mayChange && <ActionIcon variant="subtle" color="gray" size={40} aria-label={t('admin.edit_of', { name: person.name })} onClick={() => edit({ what: 'person', person })}><IconPencil size={18} /></ActionIcon>}
                </li>
              ))}
            </ul>
            {mayChange && <div><Button variant="default" leftSection={<IconUserPlus size={16} />} onClick={() => edit({ what: 'person' })}>{t('oncall.add_person')}</Button></div>}
          </Section>
        </>
      )}
      {editing?.what === 'now' && <EntryForm {...shared} now />}
      {editing?.what === 'entry' && <EntryForm {...shared} {...(editing.at === undefined ? {} : { at: editing.at })} />}
      {editing?.what === 'standing' && <OrderForm {...shared} />}
      {editing?.what === 'person' && <PersonForm {...shared} {...(editing.person ? { person: editing.person } : {})} />}
    </div>
  );
}

function Now({ list, children }: { list: OnCallView; children: React.ReactNode }) {
  const t = useT();
  const { now } = list;
  return (
    <section className={css.now} aria-label={t('oncall.now')} data-nobody={now.people.length === 0 || undefined}>
      <h2>{t('oncall.now')}</h2>
      {now.people.length === 0 ? <p className={css.nobody}>{t('oncall.nobody')}</p> : (
        <ol className={css.big}>
          {now.people.map((person, at) => (
            <li key={person.id}>
              {now.people.length > 1 && <span className={css.place}>{at + 1}</span>}
              <Person person={person} big={at === 0} />
            </li>
          ))}
        </ol>
      )}
      <p className={css.until}>
        {now.until ? t('oncall.until', { at: formatDateTime(now.until, list.zone) }) : t(now.standing ? 'oncall.always' : 'oncall.no_end')}
        {now.note && <> · {now.note}</>}
      </p>
      {children}
    </section>
  );
}

/** Somebody with the ways to reach them, each a touch. */
export function Person({ person, big = false }: { person: OnCallPersonView; big?: boolean }) {
  return (
    <div className={css.person} data-big={big || undefined}>
      <strong>{person.name}</strong>
      <span className={css.ways}>
        {person.phone && <a href={`tel:${person.phone}`}><IconPhone size={14} aria-hidden /> <span className="num">{person.phone}</span></a>}
        {person.email && <a href={`mailto:${person.email}`}><IconMail size={14} aria-hidden /> {person.email}</a>}
      </span>
      {person.note && <span className={css.dim}>{person.note}</span>}
    </div>
  );
}

const nameOf = (list: OnCallView, id: Id): string => list.people.find((person) => person.id === id)?.name ?? '';

function Order({ list, people }: { list: OnCallView; people: readonly Id[] }) {
  return <ol className={css.order}>{people.map((id) => <li key={id}>{nameOf(list, id)}</li>)}</ol>;
}

function Entries({ list, mayChange, onEdit, onRemove }: { list: OnCallView; mayChange: boolean; onEdit: (at: number) => void; onRemove: (at: number) => void }) {
  const t = useT();
  const now = serverNow();
  // What is over is kept for looking up, and is not shown here.
  const rows = list.entries.map((entry, at) => ({ entry, at })).filter(({ entry }) => Date.parse(entry.until) > now)
    .sort((a, b) => a.entry.from.localeCompare(b.entry.from));
  if (rows.length === 0) return <Text c="var(--text-2)" size="sm">{t('oncall.nothing_planned')}</Text>;
  return (
    <ul className={css.rows}>
      {rows.map(({ entry, at }) => {
        const names = entry.people.map((id) => nameOf(list, id)).join(', ');
        return (
          <li key={`${entry.from} ${entry.until} ${entry.people.join()}`} className={css.row} data-holds={Date.parse(entry.from) <= now || undefined}>
            <div className={css.person}>
              <strong>{names}</strong>
              <span className={css.dim}>{stretch(entry, list.zone)}{entry.note && ` · ${entry.note}`}</span>
            </div>
            {mayChange && (
              <Group gap={0} wrap="nowrap">
                <ActionIcon variant="subtle" color="gray" size={40} aria-label={t('admin.edit_of', { name: names })} onClick={() => onEdit(at)}><IconPencil size={18} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" size={40} aria-label={t('oncall.remove_of', { name: names })} onClick={() => onRemove(at)}><IconTrash size={18} /></ActionIcon>
              </Group>
            )}
          </li>
        );
      })}
    </ul>
  );
}

const stretch = (entry: OnCallEntryView, zone: string): string => `${formatDateTime(entry.from, zone)} – ${formatDateTime(entry.until, zone)}`;
