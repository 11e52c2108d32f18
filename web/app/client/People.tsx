// The client’s own people: who of them signs in, and what they may do.
import { ActionIcon, Button, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import { IconKey, IconMailForward, IconPencil, IconPlus } from '@tabler/icons-react';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { FormModal, Page, Status, Table, Waiting } from '../admin/parts/Page';
import { HowIn, Invite } from '../admin/people/Invite';
import { SetPassword } from '../admin/people/SetPassword';
import { get, path, post, put } from '../api/client';
import { ApiError } from '../api/errors';
import { useMe } from '../api/session';
import type { Id, Role, UserView } from '../api/types';
import { currentLocale, LOCALES, needFace, useT } from '../i18n/t';
import { queries } from '../queries';
import { showNote } from '../ui/toast';

await Promise.all([needFace('admin'), needFace('client')]);

const ROLES = ['client_reader', 'client_manager'] as const satisfies readonly Role[];

const people = (client: Id) => queryOptions({ queryKey: ['client people', client], queryFn: () => get<UserView[]>(path`/clients/${client}/users`) });

/** Lets colleagues in, changes what they may do, and locks those who have left. */
export default function People() {
  const t = useT();
  const client = useMe().client?.id ?? '';
  const { data, error, refetch } = useQuery(people(client));
  const [editing, setEditing] = useState<UserView | 'new'>();
  const [keying, setKeying] = useState<UserView>();
  const [inviting, setInviting] = useState<UserView>();
  return (
    <Page
      title={t('client.people')} why={t('client.people_why')}
      actions={<Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>{t('client.new_person')}</Button>}
    >
      {!data ? <Waiting error={error} retry={() => void refetch()} /> : (
        <Table label={t('client.people')} columns={[t('admin.user_name'), t('admin.login'), t('admin.role'), t('admin.actions')]}>
          {data.map((user) => (
            <tr key={user.id}>
              <td>{user.name} {user.disabled && <Status status="off" />}{!user.has_password && <small style={{ color: 'var(--text-3)' }}> {t('admin.no_password')}</small>}</td>
              <td>{user.login}</td>
              <td>{t(`shell.role_${user.role}`)}</td>
              <td style={{ whiteSpace: 'nowrap' }}>
                <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('admin.edit_of', { name: user.name })} onClick={() => setEditing(user)}><IconPencil size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('admin.invite_of', { name: user.name })} title={t('admin.invite')} disabled={user.disabled} onClick={() => setInviting(user)}><IconMailForward size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('admin.set_password_of', { name: user.name })} onClick={() => setKeying(user)}><IconKey size={16} /></ActionIcon>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {editing && <Form client={client} user={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} onInvite={setInviting} />}
      {inviting && <Invite user={inviting} at={path`/clients/${client}/users/${inviting.id}/invitation`} onClose={() => setInviting(undefined)} />}
      {keying && <SetPassword name={keying.name} at={path`/clients/${client}/users/${keying.id}/password`} onClose={() => setKeying(undefined)} />}
    </Page>
  );
}

function Form({ client, user, onClose, onInvite }: { client: Id; user: UserView | undefined; onClose: () => void; onInvite: (user: UserView) => void }) {
  const t = useT();
  const own = useMe().user === user?.id;
  const [form, setForm] = useState({ login: user?.login ?? '', name: user?.name ?? '', role: user?.role ?? 'client_reader', language: user?.language ?? currentLocale() });
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const [password, setPassword] = useState('');
  const [byLink, setByLink] = useState(true);
  const save = useMutation({
    mutationFn: () =>
      user ? put<UserView>(path`/clients/${client}/users/${user.id}`, { ...form, disabled, version: user.version })
        : post<UserView>(path`/clients/${client}/users`, { ...form, password: byLink ? null : password }),
    meta: { quiet: true },
    onSuccess: (saved) => {
      if (user || !byLink) showNote(t('admin.saved_of', { name: saved.name }));
      else onInvite(saved);
      void queries.invalidateQueries({ queryKey: people(client).queryKey });
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  return (
    <FormModal
      title={user ? t('admin.edit_of', { name: user.name }) : t('client.new_person')} opened onClose={onClose} onSubmit={() => save.mutate()}
      submit={t(user ? 'admin.save' : 'admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput label={t('admin.user_name')} value={form.name} data-autofocus error={error?.fault('name')} onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput
        label={t('admin.login')} value={form.login} autoCapitalize="none" spellCheck={false} autoComplete="off" error={error?.fault('login')}
        onChange={(event) => set({ login: event.currentTarget.value.trim() })}
      />
      <Select
        label={t('admin.role')} description={t('client.role_hint')} data={ROLES.map((role) => ({ value: role, label: t(`shell.role_${role}`) }))} value={form.role}
        allowDeselect={false} disabled={own} error={error?.fault('role')} onChange={(role) => { if (role) set({ role: role as Role }); }} // only the two above are offered
      />
      <Select
        label={t('signin.screens')} data={LOCALES.map(({ code, name }) => ({ value: code, label: name }))} value={form.language} allowDeselect={false}
        onChange={(language) => { if (language) set({ language }); }}
      />
      {user ? (
        <Switch label={t('admin.user_disabled')} checked={disabled} disabled={own} onChange={(event) => setDisabled(event.currentTarget.checked)} />
      ) : (
        <>
          <HowIn byLink={byLink} onChange={setByLink} />
          {!byLink && (
            <PasswordInput
              label={t('admin.first_password')} description={t('admin.password_hint')} value={password} autoComplete="new-password" maxLength={200}
              error={error?.fault('password')} onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </>
      )}
    </FormModal>
  );
}
