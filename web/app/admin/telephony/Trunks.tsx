import { ActionIcon, Button, NumberInput, PasswordInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { IconPencil, IconPlugConnected, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { ChangeTrunk, TrunkSetup, TrunkView } from '../../api/types';
import { formatNumber, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { trunkWhyWords } from '../../ui/trunkWhy';
import { allTrunks, changed } from '../data';
import { faultsUnder } from '../parts/faults';
import { Confirm, Fields, FormModal, Page, Table, Waiting } from '../parts/Page';
import css from './Telephony.module.css';

/** The ways to the carriers, in the order in which outgoing calls try them. */
export default function Trunks() {
  const t = useT();
  const may = useMe().role === 'administrator';
  const trunks = useQuery(allTrunks);
  const [editing, setEditing] = useState<TrunkView | 'new'>();
  const [removing, setRemoving] = useState<TrunkView>();
  const remove = useMutation({
    mutationFn: ({ id }: TrunkView) => request('DELETE', path`/trunks/${id}`),
    onSuccess: (_, { name }) => showNote(t('admin.removed', { name })),
    onSettled: () => {
      setRemoving(undefined);
      changed('trunks');
    },
  });
  const why = may ? undefined : t('admin.administrators_only');
  const create = <Button leftSection={<IconPlus size={14} />} disabled={!may} title={why} onClick={() => setEditing('new')}>{t('admin.new_trunk')}</Button>;
  return (
    <Page title={t('admin.trunks')} {...(trunks.data?.length ? { actions: create, why: t('admin.trunks_none_next') } : {})}>
      {!trunks.data ? (
        <Waiting error={trunks.error} retry={() => void trunks.refetch()} />
      ) : trunks.data.length === 0 ? (
        <Empty icon={<IconPlugConnected size={32} stroke={1.4} />} title={t('admin.trunks_none')} action={create}>{t('admin.trunks_none_next')}</Empty>
      ) : (
        <Table label={t('admin.trunks')} columns={[t('admin.name'), t('admin.trunk_health'), t('admin.trunk_server'), t('admin.calls_max'), t('admin.priority'), t('admin.actions')]}>
          {trunks.data.map((trunk) => (
            <tr key={trunk.id}>
              <td>{trunk.name}{!trunk.active && ` (${t('admin.not_used')})`}</td>
              <td><Health trunk={trunk} /></td>
              <td>{trunk.server || t('admin.only_incoming')}</td>
              <td className="num">{formatNumber(trunk.calls_max)}</td>
              <td className="num">{formatNumber(trunk.priority)}</td>
              <td>
                <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.edit_of', { name: trunk.name })} onClick={() => setEditing(trunk)}><IconPencil size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" disabled={!may} title={why} aria-label={t('admin.remove_of', { name: trunk.name })} onClick={() => setRemoving(trunk)}><IconTrash size={16} /></ActionIcon>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {editing && <Form key={editing === 'new' ? 'new' : editing.id} trunk={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      <Confirm
        title={t('admin.remove_sure', { name: removing?.name ?? '' })} why={t('admin.trunk_remove_why')} act={t('admin.remove')} opened={removing !== undefined}
        onClose={() => setRemoving(undefined)} onAct={() => { if (removing) remove.mutate(removing); }} busy={remove.isPending}
      />
    </Page>
  );
}

const HEALTH = { up: '●', down: '✕', unknown: '○' } as const;
const isHealth = (word: string): word is keyof typeof HEALTH => word in HEALTH;

function Health({ trunk: { health, health_why: why, sound } }: { trunk: TrunkView }) {
  const t = useT();
  return (
    <span className={css.health} data-health={health}>
      {isHealth(health) ? <><span aria-hidden>{HEALTH[health]}</span> {t(`admin.health_${health}`)}</> : health}
      {why && <small>{trunkWhyWords(t, why)}</small>}
      {sound && (
        <small data-trouble={sound.trouble || undefined}>
          {sound.trouble && <><span aria-hidden>▲</span> {t('admin.trunk_trouble')} </>}
          {t('admin.trunk_sound', { mos: formatNumber(sound.mos_tenths / 10), loss: formatNumber(sound.loss_permille / 10) })}
        </small>
      )}
    </span>
  );
}

const FRESH: TrunkSetup = {
  name: '', active: true, server: '', transport: 'udp', encryption: null, addresses: [], register: false, username: null, trusted: false, country: null,
  national_prefix: null, international_prefix: null, number_form: 'e164', calls_max: 30, calls_per_second: 5, priority: 10,
};

function setupOf(trunk: TrunkView): TrunkSetup {
  const { id: _id, has_secret: _secret, health: _health, health_why: _why, sound: _sound, version: _version, ...setup } = trunk;
  return setup;
}

function Form({ trunk, onClose }: { trunk: TrunkView | undefined; onClose: () => void }) {
  const t = useT();
  const [form, setForm] = useState<TrunkSetup>(() => (trunk ? setupOf(trunk) : FRESH));
  const [secret, setSecret] = useState('');
  const change = (part: Partial<TrunkSetup>): void => setForm({ ...form, ...part });
  const save = useMutation({
    mutationFn: () => {
      const body: ChangeTrunk = { ...form, version: trunk?.version ?? 0, ...(secret ? { secret } : {}) };
      return trunk ? put<TrunkView>(path`/trunks/${trunk.id}`, body) : post<TrunkView>('/trunks', body);
    },
    meta: { quiet: true },
    onSuccess: ({ name }) => {
      showNote(t('admin.saved_of', { name }));
      changed('trunks');
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const under = (field: string) => faultsUnder(error?.faults ?? [], field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  return (
    <FormModal
      title={trunk ? t('admin.edit_of', { name: trunk.name }) : t('admin.new_trunk')} opened onClose={onClose} onSubmit={() => save.mutate()}
      submit={trunk ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput label={t('admin.name')} value={form.name} data-autofocus maxLength={80} error={under('name')} onChange={(event) => change({ name: event.currentTarget.value })} />
      <Switch label={t('admin.trunk_active')} checked={form.active} onChange={(event) => change({ active: event.currentTarget.checked })} />
      <Fields>
        <TextInput
          label={t('admin.trunk_server')} description={t('admin.trunk_server_hint')} placeholder="sip.carrier.example" value={form.server} error={under('server')}
          onChange={(event) => change({ server: event.currentTarget.value })}
        />
        <Select
          label={t('admin.transport')} allowDeselect={false} value={form.transport} data={[{ value: 'udp', label: 'UDP' }, { value: 'tcp', label: 'TCP' }, { value: 'tls', label: 'TLS' }]}
          onChange={(value) => { if (value) change({ transport: value, encryption: value === 'tls' ? form.encryption ?? null : null }); }}
        />
      </Fields>
      {form.transport === 'tls' && (
        <Select
          label={t('admin.encryption')} description={t('admin.encryption_hint')} allowDeselect={false} value={form.encryption ?? 'required'} error={under('encryption')}
          data={(['required', 'when_offered', 'never'] as const).map((value) => ({ value, label: t(`admin.encryption_${value}`) }))}
          onChange={(value) => { if (value) change({ encryption: value }); }}
        />
      )}
      <TagsInput
        label={t('admin.trunk_addresses')} description={t('admin.trunk_addresses_hint')} placeholder="203.0.113.0/24" size="xs" splitChars={[',', ' ']} acceptValueOnBlur
        value={form.addresses ?? []} error={under('addresses')} onChange={(addresses) => change({ addresses })}
      />
      <Switch label={t('admin.trunk_register')} description={t('admin.trunk_register_hint')} checked={form.register} onChange={(event) => change({ register: event.currentTarget.checked })} />
      <Fields>
        <TextInput
          label={t('admin.trunk_username')} autoComplete="off" value={form.username ?? ''} error={under('username')}
          onChange={(event) => change({ username: event.currentTarget.value || null })}
        />
        <PasswordInput
          label={t('admin.trunk_secret')} autoComplete="new-password" value={secret} error={under('secret')}
          {...(trunk?.has_secret ? { description: t('admin.trunk_secret_kept') } : {})} onChange={(event) => setSecret(event.currentTarget.value)}
        />
      </Fields>
      <Switch label={t('admin.trunk_trusted')} description={t('admin.trunk_trusted_hint')} checked={form.trusted} onChange={(event) => change({ trusted: event.currentTarget.checked })} />
      <Select
        label={t('admin.number_form')} allowDeselect={false} value={form.number_form}
        data={[
          { value: 'e164', label: t('admin.form_e164') }, { value: 'without_plus', label: t('admin.form_without_plus') }, { value: 'dialled', label: t('admin.form_dialled') },
        ]}
        onChange={(value) => { if (value) change({ number_form: value }); }}
      />
      <Fields>
        {(['country', 'national_prefix', 'international_prefix'] as const).map((field) => (
          <TextInput
            key={field} label={t(`admin.${field}`)} description={t(`admin.${field}_hint`)} inputMode="numeric" value={form[field] ?? ''} error={under(field)}
            onChange={(event) => change({ [field]: event.currentTarget.value.trim() || null })}
          />
        ))}
      </Fields>
      <Fields>
        {(['calls_max', 'calls_per_second', 'priority'] as const).map((field) => (
          <NumberInput
            key={field} label={t(`admin.${field}`)} description={t(`admin.${field}_hint`)} value={form[field]} min={field === 'priority' ? 0 : 1} allowDecimal={false}
            clampBehavior="none" error={under(field)} onChange={(value) => change({ [field]: Number(value) })}
          />
        ))}
      </Fields>
    </FormModal>
  );
}
