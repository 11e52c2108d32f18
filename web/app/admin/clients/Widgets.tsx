import { ActionIcon, Button, CopyButton, Group, Modal, MultiSelect, Stack, Switch, TagsInput, Text, TextInput } from '@mantine/core';
import { IconMessageCircle, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { NewWidget, WidgetSecret, WidgetSetup } from '../../api/types';
import { useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { Snippet } from '../../ui/Snippet';
import { showNote } from '../../ui/toast';
import { changed, draft, widgets as widgetsOf } from '../data';
import { faultsUnder } from '../parts/faults';
import { Confirm, FormModal, Section, Waiting } from '../parts/Page';
import { TextsField } from '../parts/TextsField';

/** The chat widgets of a client: where they may be shown, and what to paste. */
export default function Widgets() {
  const t = useT();
  const { client } = useParams({ strict: false }) as { client: string };
  const widgets = useQuery(widgetsOf(client));
  const terms = useQuery(draft(client));
  const [editing, setEditing] = useState<WidgetSetup | 'new'>();
  if (!widgets.data) return <Waiting error={widgets.error} retry={() => void widgets.refetch()} />;
  const queues = terms.data?.terms.queues.filter(({ channels }) => channels.includes('chat')) ?? [];
  const create = <Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>{t('admin.new_widget')}</Button>;
  return (
    <>
      {widgets.data.length === 0 ? (
        <Empty icon={<IconMessageCircle size={32} stroke={1.4} />} title={t('admin.widgets_none')} action={create}>{t('admin.widgets_none_next')}</Empty>
      ) : (
        <>
          {widgets.data.map((widget) => <One key={widget.id} widget={widget} queues={queues} onEdit={() => setEditing(widget)} />)}
          <Group>{create}</Group>
        </>
      )}
      {editing && (
        <Form
          key={editing === 'new' ? 'new' : editing.id} client={client} widget={editing === 'new' ? undefined : editing} queues={queues}
          languages={terms.data?.terms.languages ?? []} onClose={() => setEditing(undefined)}
        />
      )}
    </>
  );
}

type QueueName = { id: string; name: string };

function One({ widget, queues, onEdit }: { widget: WidgetSetup; queues: readonly QueueName[]; onEdit: () => void }) {
  const t = useT();
  const [removing, setRemoving] = useState(false);
  const [rotating, setRotating] = useState(false);
  const [secret, setSecret] = useState<string>();
  const remove = useMutation({
    mutationFn: () => request('DELETE', path`/clients/${widget.client}/widgets/${widget.id}`),
    onSuccess: () => {
      setRemoving(false);
      showNote(t('admin.removed', { name: widget.name }));
    },
    onSettled: () => changed('clients'),
  });
  const rotate = useMutation({
    mutationFn: () => post<WidgetSecret>(path`/clients/${widget.client}/widgets/${widget.id}/rotate-secret`),
    onSuccess: (made) => {
      setRotating(false);
      setSecret(made.secret);
    },
    onSettled: () => changed('clients'),
  });
  return (
    <Section title={widget.name}>
      <Group gap="xl" align="flex-start">
        <div>
          <Text size="xs" c="dimmed">{t('admin.widget_queues')}</Text>
          <Text>{widget.queues.map((id) => queues.find((queue) => queue.id === id)?.name ?? '–').join(', ')}</Text>
        </div>
        <div>
          <Text size="xs" c="dimmed">{t('admin.origins')}</Text>
          <Text>{widget.origins.length > 0 ? widget.origins.join(', ') : t('admin.origins_none')}</Text>
        </div>
        <div>
          <Text size="xs" c="dimmed">{t('admin.identity_required')}</Text>
          <Text>{widget.identity_required ? t('admin.yes') : t('admin.no')}</Text>
        </div>
      </Group>
      <div>
        <Text size="xs" c="dimmed" mb={4}>{t('admin.snippet')}. {t('admin.snippet_why')}</Text>
        <Snippet>{widget.snippet}</Snippet>
      </div>
      <Group gap="xs">
        <CopyButton value={widget.snippet}>
          {({ copied, copy }) => <Button variant="light" onClick={copy}>{copied ? t('admin.copied') : t('admin.copy')}</Button>}
        </CopyButton>
        <Button variant="default" leftSection={<IconPencil size={14} />} onClick={onEdit} aria-label={t('admin.edit_of', { name: widget.name })}>{t('admin.edit')}</Button>
        <Button variant="default" onClick={() => setRotating(true)}>{t('admin.rotate')}</Button>
        <ActionIcon variant="subtle" color="gray" size={30} ms="auto" aria-label={t('admin.remove_of', { name: widget.name })} onClick={() => setRemoving(true)}><IconTrash size={16} /></ActionIcon>
      </Group>
      <Confirm
        title={t('admin.remove_sure', { name: widget.name })} why={t('admin.remove_sure_why')} act={t('admin.remove')} opened={removing}
        onClose={() => setRemoving(false)} onAct={() => remove.mutate()} busy={remove.isPending}
      />
      <Confirm
        title={t('admin.rotate_sure')} why={t('admin.rotate_why')} act={t('admin.rotate')} opened={rotating} onClose={() => setRotating(false)}
        onAct={() => rotate.mutate()} busy={rotate.isPending}
      />
      <Modal opened={secret !== undefined} onClose={() => setSecret(undefined)} title={t('admin.rotate')} closeButtonProps={{ 'aria-label': t('shell.close') }}>
        <Stack gap="sm">
          <Text>{t('admin.secret_once')}</Text>
          <Snippet>{secret}</Snippet>
          <CopyButton value={secret ?? ''}>
            {({ copied, copy }) => <Button onClick={copy}>{copied ? t('admin.copied') : t('admin.copy')}</Button>}
          </CopyButton>
        </Stack>
      </Modal>
    </Section>
  );
}

function Form({ client, widget, queues, languages, onClose }: {
  client: string; widget: WidgetSetup | undefined; queues: readonly QueueName[]; languages: readonly string[]; onClose: () => void;
}) {
  const t = useT();
  const [form, setForm] = useState<NewWidget>(() =>
    widget
      ? { name: widget.name, queues: widget.queues, origins: widget.origins, title: widget.title, identity_required: widget.identity_required }
      : { name: t('admin.channel_chat'), queues: queues.slice(0, 1).map(({ id }) => id), origins: [], title: [], identity_required: false });
  const save = useMutation({
    mutationFn: () =>
      widget
        ? put<WidgetSetup>(path`/clients/${client}/widgets/${widget.id}`, { ...form, version: widget.version })
        : post<WidgetSetup>(path`/clients/${client}/widgets`, form),
    meta: { quiet: true },
    onSuccess: () => {
      changed('clients');
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const under = (field: string) => faultsUnder(error?.faults ?? [], field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  return (
    <FormModal
      title={widget ? t('admin.edit_of', { name: widget.name }) : t('admin.new_widget')} opened onClose={onClose} onSubmit={() => save.mutate()}
      submit={widget ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput label={t('admin.name')} value={form.name} data-autofocus error={under('name')} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      <MultiSelect
        label={t('admin.widget_queues')} description={queues.length > 0 ? t('admin.widget_queues_hint') : t('admin.widget_queues_none')}
        data={queues.map(({ id, name }) => ({ value: id, label: name }))} value={form.queues} error={under('queues')}
        onChange={(chosen) => setForm({ ...form, queues: chosen })}
      />
      <TagsInput
        label={t('admin.origins')} description={t('admin.origins_hint')} value={form.origins ?? []} size="xs" splitChars={[',', ' ']} acceptValueOnBlur
        error={under('origins')} onChange={(origins) => setForm({ ...form, origins })}
      />
      <TextsField label={t('admin.widget_title')} hint={t('admin.widget_title_hint')} languages={languages} value={form.title ?? []} rows={1} error={under('title')} onChange={(title) => setForm({ ...form, title })} />
      <Switch
        label={t('admin.identity_required')} description={t('admin.identity_required_why')} checked={form.identity_required ?? false}
        onChange={(event) => setForm({ ...form, identity_required: event.currentTarget.checked })}
      />
    </FormModal>
  );
}
