import { ActionIcon, Button, PasswordInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconDeviceLandlinePhone, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { path, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { ChangeDeskPhone, DeskPhoneView } from '../../api/types';
import { useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { allAgents, allDeskPhones, changed, optionsOf } from '../data';
import { faultsUnder } from '../parts/faults';
import { Confirm, Fields, FormModal, Page, Table, Waiting } from '../parts/Page';
import css from './Telephony.module.css';

/** Phones on agents' desks, which ring instead of the browser. */
export default function DeskPhones() {
  const t = useT();
  const may = useMe().role === 'administrator';
  const phones = useQuery(allDeskPhones);
  const [editing, setEditing] = useState<DeskPhoneView | 'new'>();
  const [removing, setRemoving] = useState<DeskPhoneView>();
  const remove = useMutation({
    mutationFn: ({ agent }: DeskPhoneView) => request('DELETE', path`/desk-phones/${agent}`),
    onSuccess: (_, { agent_name: name }) => showNote(t('admin.removed', { name })),
    onSettled: () => {
      setRemoving(undefined);
      changed('desk-phones');
    },
  });
  const why = may ? undefined : t('admin.administrators_only');
  const create = <Button leftSection={<IconPlus size={14} />} disabled={!may} title={why} onClick={() => setEditing('new')}>{t('admin.new_desk_phone')}</Button>;
  return (
    <Page title={t('admin.desk_phones')} {...(phones.data?.length ? { actions: create, why: t('admin.desk_phones_none_next') } : {})}>
      {!phones.data ? (
        <Waiting error={phones.error} retry={() => void phones.refetch()} />
      ) : phones.data.length === 0 ? (
        <Empty icon={<IconDeviceLandlinePhone size={32} stroke={1.4} />} title={t('admin.desk_phones_none')} action={create}>{t('admin.desk_phones_none_next')}</Empty>
      ) : (
        <Table label={t('admin.desk_phones')} columns={[t('admin.agent'), t('admin.desk_phone_name'), t('admin.desk_phone_where'), t('admin.status'), t('admin.actions')]}>
          {phones.data.map((phone) => (
            <tr key={phone.agent}>
              <td>{phone.agent_name}</td>
              <td>{phone.name}</td>
              <td>{phone.address ?? t('admin.desk_phone_registers')}</td>
              <td>
                <span className={css.health} data-health={phone.there ? 'up' : 'down'}>
                  <span><span aria-hidden>{phone.there ? '●' : '✕'}</span> {phone.there ? t('admin.desk_phone_there') : t('admin.desk_phone_away')}</span>
                </span>
              </td>
              <td>
                <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.edit_of', { name: phone.agent_name })} onClick={() => setEditing(phone)}><IconPencil size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.remove_of', { name: phone.agent_name })} onClick={() => setRemoving(phone)}><IconTrash size={16} /></ActionIcon>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {editing && <Form key={editing === 'new' ? 'new' : editing.agent} phone={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      <Confirm
        title={t('admin.remove_sure', { name: removing?.agent_name ?? '' })} why={t('admin.desk_phone_remove_why')} act={t('admin.remove')} opened={removing !== undefined}
        onClose={() => setRemoving(undefined)} onAct={() => { if (removing) remove.mutate(removing); }} busy={remove.isPending}
      />
    </Page>
  );
}

function Form({ phone, onClose }: { phone: DeskPhoneView | undefined; onClose: () => void }) {
  const t = useT();
  const agents = useQuery(allAgents);
  const [agent, setAgent] = useState(phone?.agent ?? '');
  const [registers, setRegisters] = useState(!phone?.address);
  const [form, setForm] = useState(() => ({ name: phone?.name ?? '', address: phone?.address ?? '', transport: phone?.transport ?? ('udp' as const) }));
  const [secret, setSecret] = useState('');
  const save = useMutation({
    mutationFn: () => {
      const body: ChangeDeskPhone = {
        version: phone?.version ?? 0, name: form.name, transport: form.transport, address: registers ? null : form.address, ...(registers && secret ? { secret } : {}),
      };
      return put<DeskPhoneView>(path`/desk-phones/${agent}`, body);
    },
    meta: { quiet: true },
    onSuccess: ({ agent_name: name }) => {
      showNote(t('admin.saved_of', { name }));
      changed('desk-phones');
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const under = (field: string) => faultsUnder(error?.faults ?? [], field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  return (
    <FormModal
      title={phone ? t('admin.edit_of', { name: phone.agent_name }) : t('admin.new_desk_phone')} opened onClose={onClose} onSubmit={() => { if (agent) save.mutate(); }}
      submit={phone ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <Select
        label={t('admin.agent')} data={phone ? [{ value: phone.agent, label: phone.agent_name }] : optionsOf(agents.data)} value={agent || null} searchable required allowDeselect={false}
        disabled={phone !== undefined} onChange={(id) => { if (id) setAgent(id); }}
      />
      <SegmentedControl
        aria-label={t('admin.desk_phone_where')} value={registers ? 'registers' : 'fixed'} onChange={(value) => setRegisters(value === 'registers')}
        data={[{ value: 'registers', label: t('admin.desk_phone_registers') }, { value: 'fixed', label: t('admin.desk_phone_fixed') }]}
      />
      <TextInput
        label={t('admin.desk_phone_name')} description={t('admin.desk_phone_name_hint')} value={form.name} maxLength={64} required autoComplete="off" error={under('name')}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
      />
      {registers ? (
        <PasswordInput
          label={t('admin.trunk_secret')} autoComplete="new-password" value={secret} error={under('secret')}
          description={phone?.has_secret ? t('admin.trunk_secret_kept') : t('admin.desk_phone_secret_hint')} onChange={(event) => setSecret(event.currentTarget.value)}
        />
      ) : (
        <Fields>
          <TextInput
            label={t('admin.desk_phone_address')} placeholder="10.0.0.7:5060" value={form.address} error={under('address')}
            onChange={(event) => setForm({ ...form, address: event.currentTarget.value })}
          />
          <Select
            label={t('admin.transport')} allowDeselect={false} value={form.transport} data={[{ value: 'udp', label: 'UDP' }, { value: 'tcp', label: 'TCP' }, { value: 'tls', label: 'TLS' }]}
            onChange={(value) => { if (value) setForm({ ...form, transport: value }); }}
          />
        </Fields>
      )}
    </FormModal>
  );
}
