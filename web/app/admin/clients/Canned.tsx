import { ActionIcon, Button, Select, Textarea, TextInput } from '@mantine/core';
import { IconMessage2, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { CannedView, Id, NewCanned } from '../../api/types';
import { currentLocale, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { canned as cannedOf, changed, draft, tellChanged } from '../data';
import { languageName, languageOptions } from '../parts/names';
import { FormModal, Table, Waiting } from '../parts/Page';

/** The canned answers of the client in the address. */
export default function OfClient() {
  const { client } = useParams({ strict: false }) as { client: string };
  const terms = useQuery(draft(client));
  return <Canned client={client} languages={terms.data?.terms.languages ?? []} />;
}

/** The canned answers of a client, to change. */
export function Canned({ client, languages }: { client: Id; languages: readonly string[] }) {
  const t = useT();
  const answers = useQuery(cannedOf(client));
  const [editing, setEditing] = useState<CannedView | 'new'>();
  const remove = useMutation({
    mutationFn: ({ id }: CannedView) => request('DELETE', path`/clients/${client}/canned-answers/${id}`),
    onSuccess: (_, { id, shortcut }) => tellChanged(t('admin.removed', { name: `/${shortcut}` }), 'canned_answer', id, 'clients'),
    onSettled: () => changed('clients'),
  });
  if (!answers.data) return <Waiting error={answers.error} retry={() => void answers.refetch()} />;
  const create = <Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>{t('admin.new_canned')}</Button>;
  return (
    <>
      {answers.data.length === 0 ? (
        <Empty icon={<IconMessage2 size={32} stroke={1.4} />} title={t('admin.canned_none')} action={create}>{t('admin.canned_none_next')}</Empty>
      ) : (
        <>
          <div>{create}</div>
          <Table label={t('admin.canned')} columns={[t('admin.shortcut'), t('admin.language'), t('admin.text'), t('admin.actions')]}>
            {answers.data.map((answer) => (
              <tr key={answer.id}>
                <td><code>/{answer.shortcut}</code></td>
                <td>{languageName(answer.language)}</td>
                <td lang={answer.language} dir="auto">{answer.text}</td>
                <td style={{ whiteSpace: 'nowrap' }}>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('admin.edit_of', { name: `/${answer.shortcut}` })} onClick={() => setEditing(answer)}><IconPencil size={16} /></ActionIcon>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('admin.remove_of', { name: `/${answer.shortcut}` })} onClick={() => remove.mutate(answer)}><IconTrash size={16} /></ActionIcon>
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
      {editing && (
        <Form client={client} answer={editing === 'new' ? undefined : editing} languages={languages} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}

function Form({ client, answer, languages, onClose }: { client: string; answer: CannedView | undefined; languages: readonly string[]; onClose: () => void }) {
  const t = useT();
  const [form, setForm] = useState<NewCanned>(() => ({
    shortcut: answer?.shortcut ?? '', language: answer?.language ?? languages[0] ?? currentLocale(), text: answer?.text ?? '',
  }));
  const save = useMutation({
    mutationFn: () =>
      answer
        ? put<CannedView>(path`/clients/${client}/canned-answers/${answer.id}`, { ...form, version: answer.version })
        : post<CannedView>(path`/clients/${client}/canned-answers`, form),
    meta: { quiet: true },
    onSuccess: ({ id, shortcut }) => {
      tellChanged(t('admin.saved_of', { name: `/${shortcut}` }), 'canned_answer', id, 'clients');
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  return (
    <FormModal
      title={answer ? t('admin.edit_of', { name: `/${answer.shortcut}` }) : t('admin.new_canned')} opened onClose={onClose} onSubmit={() => save.mutate()}
      submit={answer ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput
        label={t('admin.shortcut')} description={t('admin.shortcut_hint')} value={form.shortcut} leftSection="/" data-autofocus maxLength={32}
        error={error?.fault('shortcut')} onChange={(event) => setForm({ ...form, shortcut: event.currentTarget.value.replace(/^\//, '') })}
      />
      <Select
        label={t('admin.language')} data={languageOptions([...languages, form.language])} value={form.language} searchable allowDeselect={false}
        error={error?.fault('language')} onChange={(language) => { if (language) setForm({ ...form, language }); }}
      />
      <Textarea
        label={t('admin.text')} value={form.text} autosize minRows={3} maxRows={10} maxLength={4000} dir="auto" error={error?.fault('text')}
        onChange={(event) => setForm({ ...form, text: event.currentTarget.value })}
      />
    </FormModal>
  );
}
