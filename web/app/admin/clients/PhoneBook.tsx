import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconAddressBook, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, put } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { Id, PhoneBookEntry, PhoneBookView } from '../../api/types';
import { useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { changed, phoneBook } from '../data';
import { FormModal, Table, Waiting } from '../parts/Page';

/** The phone book of the client in the address. */
export default function OfClient() {
  const { client } = useParams({ strict: false }) as { client: string };
  return <PhoneBook client={client} />;
}

/** An entry that is new, or which one is changed. */
type Editing = 'new' | number;

/** Whom the customers of a client may be passed on to outside, to change where the contract lets this person. */
export function PhoneBook({ client }: { client: Id }) {
  const t = useT();
  const book = useQuery(phoneBook(client));
  const [editing, setEditing] = useState<Editing>();
  const save = useMutation({
    mutationFn: (entries: PhoneBookEntry[]) =>
      put<PhoneBookView>(path`/clients/${client}/phone-book`, { entries, version: book.data?.version ?? 0 }),
    meta: { quiet: editing !== undefined },
    onSettled: () => changed('clients'),
  });
  if (!book.data) return <Waiting error={book.error} retry={() => void book.refetch()} />;
  const { entries, may_change: may } = book.data;
  const remove = (at: number) => save.mutate(entries.filter((_, i) => i !== at), { onSuccess: () => showNote(t('admin.removed', { name: entries[at]?.name ?? '' })) });
  const create = may && <Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>{t('admin.new_entry')}</Button>;
  return (
    <>
      {entries.length === 0 ? (
        <Empty icon={<IconAddressBook size={32} stroke={1.4} />} title={t('admin.phone_book_none')} action={create || undefined}>{t('admin.phone_book_none_next')}</Empty>
      ) : (
        <>
          {create && <div>{create}</div>}
          <Table label={t('admin.phone_book')} columns={[t('admin.name'), t('admin.entry_number'), t('admin.entry_note'), ...(may ? [t('admin.actions')] : [])]}>
            {entries.map((entry, at) => (
              <tr key={`${entry.name} ${entry.number}`}>
                <td>{entry.name}</td>
                <td><bdi className="num">{entry.number}</bdi></td>
                <td>{entry.note}</td>
                {may && (
                  <td style={{ whiteSpace: 'nowrap' }}>
                    <ActionIcon variant="subtle" color="gray" aria-label={t('admin.edit_of', { name: entry.name })} onClick={() => setEditing(at)}><IconPencil size={16} /></ActionIcon>
                    <ActionIcon variant="subtle" color="gray" disabled={save.isPending} aria-label={t('admin.remove_of', { name: entry.name })} onClick={() => remove(at)}><IconTrash size={16} /></ActionIcon>
                  </td>
                )}
              </tr>
            ))}
          </Table>
        </>
      )}
      {editing !== undefined && (
        <Form
          entry={editing === 'new' ? undefined : entries[editing]} busy={save.isPending} error={save.error}
          // A new entry is the last of what is sent, and faults are told by where they stand.
          at={editing === 'new' ? entries.length : editing}
          onClose={() => {
            save.reset();
            setEditing(undefined);
          }}
          onSave={(entry) =>
            save.mutate(editing === 'new' ? [...entries, entry] : entries.map((one, i) => (i === editing ? entry : one)), {
              onSuccess: () => {
                showNote(t('admin.saved_of', { name: entry.name }));
                setEditing(undefined);
              },
            })}
        />
      )}
    </>
  );
}

function Form({ entry, at, busy, error, onClose, onSave }: {
  entry: PhoneBookEntry | undefined; at: number; busy: boolean; error: Error | null; onClose: () => void; onSave: (entry: PhoneBookEntry) => void;
}) {
  const t = useT();
  const [form, setForm] = useState<PhoneBookEntry>(entry ?? { name: '', number: '', note: '' });
  const told = error instanceof ApiError ? error : undefined;
  const fault = (field: string) => told?.fault(`entries[${at}].${field}`);
  return (
    <FormModal
      title={entry ? t('admin.edit_of', { name: entry.name }) : t('admin.new_entry')} opened onClose={onClose} onSubmit={() => onSave(form)}
      submit={entry ? t('admin.save') : t('admin.create')} busy={busy} error={told?.faults.length ? undefined : told}
    >
      <TextInput label={t('admin.name')} value={form.name} data-autofocus maxLength={80} error={fault('name')} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      <TextInput
        type="tel" label={t('admin.entry_number')} description={t('admin.entry_number_hint')} value={form.number} maxLength={40} error={fault('number')}
        onChange={(event) => setForm({ ...form, number: event.currentTarget.value })}
      />
      <TextInput
        label={t('admin.entry_note')} description={t('admin.entry_note_hint')} value={form.note} maxLength={200} error={fault('note')}
        onChange={(event) => setForm({ ...form, note: event.currentTarget.value })}
      />
    </FormModal>
  );
}
