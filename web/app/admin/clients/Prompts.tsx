import { ActionIcon, Button, FileInput, SegmentedControl, Select, Text, Textarea, TextInput } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash, IconVolume } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { PromptView } from '../../api/types';
import { currentLocale, formatSpan, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { changed, draft, prompts as promptsOf } from '../data';
import { languageName, languageOptions } from '../parts/names';
import { Confirm, FormModal, Section, Table, Waiting } from '../parts/Page';
import css from './Sounds.module.css';

/** Where a prompt is heard. The version makes the browser ask again after a change. */
const sound = (client: string, { id, version }: PromptView): string => `/api/v1${path`/clients/${client}/prompts/${id}/audio`}?v=${version}`;

/** What a client's callers hear: files and spoken words, each with a name and a language. */
export default function Prompts() {
  const t = useT();
  const { client } = useParams({ strict: false }) as { client: string };
  const { role } = useMe();
  const may = role === 'administrator' || role === 'account_manager';
  const prompts = useQuery(promptsOf(client));
  const terms = useQuery(draft(client));
  const [editing, setEditing] = useState<PromptView | 'new'>();
  const [removing, setRemoving] = useState<PromptView>();
  const remove = useMutation({
    mutationFn: ({ id }: PromptView) => request('DELETE', path`/clients/${client}/prompts/${id}`),
    onSuccess: (_, { name }) => showNote(t('admin.removed', { name })),
    onSettled: () => {
      setRemoving(undefined);
      changed('clients');
    },
  });
  if (!prompts.data) return <Waiting error={prompts.error} retry={() => void prompts.refetch()} />;
  const { items, can_speak } = prompts.data;
  const why = may ? undefined : t('admin.owners_only');
  const create = <Button leftSection={<IconPlus size={14} />} disabled={!may} title={why} onClick={() => setEditing('new')}>{t('admin.new_prompt')}</Button>;
  return (
    <>
      {items.length === 0 ? (
        <Empty icon={<IconVolume size={32} stroke={1.4} />} title={t('admin.prompts_none')} action={create}>{t('admin.prompts_none_next')}</Empty>
      ) : (
        <Section title={t('admin.prompts')} hint={t('admin.prompts_hint')}>
          <div>{create}</div>
          <Table label={t('admin.prompts')} columns={[t('admin.name'), t('admin.language'), t('admin.prompt_sound'), t('admin.prompt_used_by'), t('admin.actions')]}>
            {items.map((prompt) => (
              <tr key={prompt.id}>
                <td><code>{prompt.name}</code></td>
                <td>{languageName(prompt.language)}</td>
                <td>
                  <div className={css.sound}>
                    {/* What is said stands beside it, or is the client's own recording. */}
                    {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
                    <audio controls preload="none" src={sound(client, prompt)} aria-label={t('admin.prompt_play', { name: prompt.name })} />
                    <span className="num">{formatSpan(prompt.length_ms)}</span>
                    {prompt.source === 'speech' && <Text size="xs" c="var(--text-2)" lang={prompt.language} lineClamp={2} className={css.words ?? ''}>{prompt.words}</Text>}
                  </div>
                </td>
                <td>{(prompt.used_by ?? []).map((user) => (user === 'settings' ? t('admin.calls') : user)).join(', ')}</td>
                <td style={{ whiteSpace: 'nowrap' }}>
                  <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.edit_of', { name: `${prompt.name} ${prompt.language}` })} onClick={() => setEditing(prompt)}><IconPencil size={16} /></ActionIcon>
                  <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.remove_of', { name: `${prompt.name} ${prompt.language}` })} onClick={() => setRemoving(prompt)}><IconTrash size={16} /></ActionIcon>
                </td>
              </tr>
            ))}
          </Table>
        </Section>
      )}
      {editing && (
        <Form
          key={editing === 'new' ? 'new' : editing.id} client={client} prompt={editing === 'new' ? undefined : editing} languages={terms.data?.terms.languages ?? []}
          canSpeak={can_speak} onClose={() => setEditing(undefined)}
        />
      )}
      <Confirm
        title={t('admin.remove_sure', { name: removing?.name ?? '' })} why={t('admin.prompt_remove_why')} act={t('admin.remove')} opened={removing !== undefined}
        onClose={() => setRemoving(undefined)} onAct={() => { if (removing) remove.mutate(removing); }} busy={remove.isPending}
      />
    </>
  );
}

function Form({ client, prompt, languages, canSpeak, onClose }: {
  client: string; prompt: PromptView | undefined; languages: readonly string[]; canSpeak: boolean; onClose: () => void;
}) {
  const t = useT();
  const [form, setForm] = useState(() => ({
    name: prompt?.name ?? '', language: prompt?.language ?? languages[0] ?? currentLocale(), words: prompt?.words ?? '', from: prompt?.source ?? (canSpeak ? 'speech' : 'upload'),
  }));
  const [file, setFile] = useState<File | null>(null);
  const save = useMutation({
    mutationFn: () => {
      const { name, language, words } = form;
      if (form.from === 'speech') {
        return prompt
          ? put<PromptView>(path`/clients/${client}/prompts/${prompt.id}/speech`, { words, version: prompt.version })
          : post<PromptView>(path`/clients/${client}/prompts/speech`, { name, language, words });
      }
      const body = file ?? new Blob();
      return prompt
        ? request<PromptView>('PUT', path`/clients/${client}/prompts/${prompt.id}/audio`, body, { query: { version: prompt.version } })
        : request<PromptView>('POST', path`/clients/${client}/prompts`, body, { query: { name, language } });
    },
    meta: { quiet: true },
    onSuccess: ({ name }) => {
      showNote(t('admin.saved_of', { name }));
      changed('clients');
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const missing = form.name.trim() === '' || (form.from === 'speech' ? form.words.trim() === '' : file === null);
  return (
    <FormModal
      title={prompt ? t('admin.edit_of', { name: prompt.name }) : t('admin.new_prompt')} opened onClose={onClose} onSubmit={() => { if (!missing) save.mutate(); }}
      submit={prompt ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput
        label={t('admin.name')} description={t('admin.prompt_name_hint')} placeholder="main_menu" required data-autofocus={!prompt || undefined} disabled={prompt !== undefined}
        maxLength={40} value={form.name} error={error?.fault('name')} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
      />
      <Select
        label={t('admin.language')} data={languageOptions([...languages])} value={form.language} allowDeselect={false} disabled={prompt !== undefined} error={error?.fault('language')}
        onChange={(language) => { if (language) setForm({ ...form, language }); }}
      />
      <SegmentedControl
        aria-label={t('admin.prompt_sound')} value={form.from} onChange={(from) => setForm({ ...form, from: from === 'speech' ? 'speech' : 'upload' })}
        data={[{ value: 'speech', label: t('admin.prompt_speech') }, { value: 'upload', label: t('admin.prompt_upload') }]}
      />
      {form.from === 'speech' ? (
        <Textarea
          label={t('admin.prompt_words')} description={canSpeak ? t('admin.prompt_words_hint') : t('admin.prompt_cannot_speak')} required autosize minRows={3} maxRows={8} maxLength={1000}
          lang={form.language} dir="auto" disabled={!canSpeak} data-autofocus={prompt ? true : undefined} value={form.words} error={error?.fault('words')}
          onChange={(event) => setForm({ ...form, words: event.currentTarget.value })}
        />
      ) : (
        <FileInput
          label={t('admin.prompt_file')} description={t('admin.prompt_file_hint')} placeholder={t('admin.prompt_file_choose')} required clearable
          accept="audio/*,.wav,.mp3,.ogg,.flac,.m4a" value={file} error={error?.fault('file')} onChange={setFile}
        />
      )}
    </FormModal>
  );
}
