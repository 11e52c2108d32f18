import { ActionIcon, Button, Select, Switch, TextInput } from '@mantine/core';
import { IconPencil, IconPhone, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { path, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { ChangeNumber, NumberView } from '../../api/types';
import { useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { allClients, allNumbers, changed, draft, flows as flowsOf, optionsOf } from '../data';
import { faultsUnder } from '../parts/faults';
import { Confirm, FormModal, Page, Table, Waiting } from '../parts/Page';

/** The provider's telephone numbers, and whose calls come in on each. */
export default function Numbers() {
  const t = useT();
  const { role } = useMe();
  const may = role === 'administrator' || role === 'account_manager';
  const numbers = useQuery(allNumbers);
  const [editing, setEditing] = useState<NumberView | 'new'>();
  const [removing, setRemoving] = useState<NumberView>();
  const remove = useMutation({
    mutationFn: ({ number }: NumberView) => request('DELETE', path`/numbers/${number}`),
    onSuccess: (_, { number }) => showNote(t('admin.removed', { name: number })),
    onSettled: () => {
      setRemoving(undefined);
      changed('numbers');
    },
  });
  const why = may ? undefined : t('admin.owners_only');
  const create = <Button leftSection={<IconPlus size={14} />} disabled={!may} title={why} onClick={() => setEditing('new')}>{t('admin.new_number')}</Button>;
  return (
    <Page title={t('admin.numbers')} {...(numbers.data?.length ? { actions: create, why: t('admin.numbers_none_next') } : {})}>
      {!numbers.data ? (
        <Waiting error={numbers.error} retry={() => void numbers.refetch()} />
      ) : numbers.data.length === 0 ? (
        <Empty icon={<IconPhone size={32} stroke={1.4} />} title={t('admin.numbers_none')} action={create}>{t('admin.numbers_none_next')}</Empty>
      ) : (
        <Table label={t('admin.numbers')} columns={[t('admin.phone_number'), t('admin.client'), t('admin.number_label'), t('admin.status'), t('admin.actions')]}>
          {numbers.data.map((one) => (
            <tr key={one.number}>
              <td className="num"><bdi>{one.number}</bdi></td>
              <td>{one.client_name}</td>
              <td>{one.label}</td>
              <td>{one.active ? t('admin.calls_taken') : t('admin.calls_refused')}</td>
              <td>
                <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.edit_of', { name: one.number })} onClick={() => setEditing(one)}><IconPencil size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.remove_of', { name: one.number })} onClick={() => setRemoving(one)}><IconTrash size={16} /></ActionIcon>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {editing && <Form key={editing === 'new' ? 'new' : editing.number} line={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      <Confirm
        title={t('admin.remove_sure', { name: removing?.number ?? '' })} why={t('admin.number_remove_why')} act={t('admin.remove')} opened={removing !== undefined}
        onClose={() => setRemoving(undefined)} onAct={() => { if (removing) remove.mutate(removing); }} busy={remove.isPending}
      />
    </Page>
  );
}

function Form({ line, onClose }: { line: NumberView | undefined; onClose: () => void }) {
  const t = useT();
  const clients = useQuery(allClients);
  const [form, setForm] = useState(() => ({
    number: line?.number ?? '', client: line?.client ?? '', queue: line?.queue ?? '', flow: line?.flow ?? null, label: line?.label ?? '', active: line?.active ?? true,
  }));
  const terms = useQuery({ ...draft(form.client), enabled: form.client !== '' });
  const flows = useQuery({ ...flowsOf(form.client), enabled: form.client !== '' });
  const published = flows.data?.filter((row) => row.published !== null && row.published !== undefined) ?? [];
  const queues = terms.data?.terms.queues.filter(({ channels }) => channels.includes('voice')) ?? [];
  const save = useMutation({
    mutationFn: () => {
      const number = form.number.trim();
      const body: ChangeNumber = { ...form, number, version: line?.version ?? 0 };
      return put<NumberView>(path`/numbers/${number}`, body);
    },
    meta: { quiet: true },
    onSuccess: ({ number }) => {
      showNote(t('admin.saved_of', { name: number }));
      changed('numbers');
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const under = (field: string) => faultsUnder(error?.faults ?? [], field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const missing = form.number.trim() === '' || form.client === '' || form.queue === '';
  return (
    <FormModal
      title={line ? t('admin.edit_of', { name: line.number }) : t('admin.new_number')} opened onClose={onClose} onSubmit={() => { if (!missing) save.mutate(); }}
      submit={line ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput
        type="tel" label={t('admin.phone_number')} description={t('admin.phone_number_hint')} placeholder="+33142345678" required data-autofocus={!line || undefined} disabled={line !== undefined}
        value={form.number} error={under('number')} onChange={(event) => setForm({ ...form, number: event.currentTarget.value })}
      />
      <Select
        label={t('admin.client')} data={optionsOf(clients.data)} value={form.client || null} searchable required allowDeselect={false} error={under('client')}
        onChange={(client) => { if (client && client !== form.client) setForm({ ...form, client, queue: '', flow: null }); }}
      />
      <Select
        label={t('admin.number_queue')} description={form.client && terms.data && queues.length === 0 ? t('admin.number_queues_none') : t('admin.number_queue_hint')} required allowDeselect={false}
        data={queues.map(({ id, name }) => ({ value: id, label: name }))} value={form.queue || null} disabled={queues.length === 0} error={under('queue')}
        onChange={(queue) => { if (queue) setForm({ ...form, queue }); }}
      />
      <Select
        label={t('admin.number_flow')} description={form.client && flows.data && published.length === 0 ? t('admin.number_flows_none') : t('admin.number_flow_hint')} clearable
        placeholder={t('admin.number_flow_none')} data={published.map(({ name }) => name)} value={form.flow} disabled={published.length === 0} error={under('flow')}
        onChange={(flow) => setForm({ ...form, flow })}
      />
      <TextInput
        label={t('admin.number_label')} description={t('admin.number_label_hint')} value={form.label} maxLength={80} error={under('label')}
        onChange={(event) => setForm({ ...form, label: event.currentTarget.value })}
      />
      <Switch label={t('admin.calls_taken')} checked={form.active} onChange={(event) => setForm({ ...form, active: event.currentTarget.checked })} />
    </FormModal>
  );
}
