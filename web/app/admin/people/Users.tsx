import { ActionIcon, Button, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconKey, IconMailForward, IconPencil, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { path, post, put } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { NewUser, Role, UserView } from '../../api/types';
import { currentLocale, LOCALES, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { allAgents, allClients, changed, nameIn, optionsOf, tellChanged, userPages } from '../data';
import { FormModal, More, Page, Search, Status, Table, Waiting } from '../parts/Page';
import { HowIn, Invite } from './Invite';
import { SetPassword } from './SetPassword';

const ROLES: readonly Role[] = [
  'agent', 'team_lead', 'shift_lead', 'account_manager', 'planner', 'client_reader', 'client_manager', 'administrator',
];
const ofClient = (role: Role) => role === 'client_reader' || role === 'client_manager';

/** Who signs in, and as what. */
export default function Users() {
  const t = useT();
  const navigate = useNavigate();
  const { q = '', agent } = useSearch({ strict: false }) as { q?: string; agent?: string };
  const [sought] = useDebouncedValue(q, 250);
  const users = useInfiniteQuery(userPages(sought));
  const clients = useQuery(allClients);
  const agents = useQuery(allAgents);
  const [editing, setEditing] = useState<UserView | 'new' | undefined>(agent ? 'new' : undefined);
  const [keying, setKeying] = useState<UserView>();
  const [inviting, setInviting] = useState<UserView>();
  const rows = users.data?.pages.flatMap((page) => page.items);
  const find = (next: string) => void navigate({ to: '/admin/users' as '/', search: (next ? { q: next } : {}) as never, replace: true });

  return (
    <Page
      title={t('admin.users')}
      actions={
        <>
          <Search value={q} onChange={find} />
          <Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>{t('admin.new_user')}</Button>
        </>
      }
    >
      {!rows ? (
        <Waiting error={users.error} retry={() => void users.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={sought ? t('admin.nothing_found', { query: sought }) : t('admin.users_none')}>{t('admin.nothing_found_next')}</Empty>
      ) : (
        <Table label={t('admin.users')} columns={[t('admin.name'), t('admin.login'), t('admin.role'), t('admin.client'), t('admin.agent'), t('admin.actions')]}>
          {rows.map((user) => (
            <tr key={user.id}>
              <td>{user.name} {user.disabled && <Status status="off" />}{!user.has_password && <small style={{ color: 'var(--text-3)' }}> {t('admin.no_password')}</small>}</td>
              <td>{user.login}</td>
              <td>{t(`shell.role_${user.role}`)}</td>
              <td>{nameIn(clients.data, user.client)}</td>
              <td>{nameIn(agents.data, user.agent)}</td>
              <td style={{ whiteSpace: 'nowrap' }}>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.edit_of', { name: user.name })} onClick={() => setEditing(user)}><IconPencil size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.invite_of', { name: user.name })} title={t('admin.invite')} disabled={user.disabled} onClick={() => setInviting(user)}><IconMailForward size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.set_password_of', { name: user.name })} onClick={() => setKeying(user)}><IconKey size={16} /></ActionIcon>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More query={users} />
      {editing && (
        <Form
          key={editing === 'new' ? 'new' : editing.id} user={editing === 'new' ? undefined : editing} agent={editing === 'new' ? agent : undefined}
          onClose={() => {
            setEditing(undefined);
            if (agent) find(q);
          }}
          onInvite={setInviting}
        />
      )}
      {inviting && <Invite user={inviting} at={path`/users/${inviting.id}/invitation`} onClose={() => setInviting(undefined)} />}
      {keying && <SetPassword name={keying.name} at={path`/users/${keying.id}/password`} onClose={() => setKeying(undefined)} />}
    </Page>
  );
}

function Form({ user, agent, onClose, onInvite }: { user: UserView | undefined; agent: string | undefined; onClose: () => void; onInvite: (user: UserView) => void }) {
  const t = useT();
  const clients = useQuery(allClients);
  const agents = useQuery(allAgents);
  const [form, setForm] = useState<NewUser>({
    login: user?.login ?? '', name: user?.name ?? '', role: user?.role ?? 'agent', client: user?.client ?? null, agent: user?.agent ?? agent ?? null,
    language: user?.language ?? currentLocale(), password: '',
  });
  const [disabled, setDisabled] = useState(user?.disabled ?? false);
  const [byLink, setByLink] = useState(true);
  const name = form.name || (user ? '' : nameIn(agents.data, form.agent));
  const save = useMutation({
    mutationFn: () => {
      const { password, ...rest } = { ...form, name, client: ofClient(form.role) ? (form.client ?? null) : null };
      return user ? put<UserView>(path`/users/${user.id}`, { ...rest, disabled, version: user.version }) : post<UserView>('/users', { ...rest, password: byLink ? null : password });
    },
    meta: { quiet: true },
    onSuccess: (saved) => {
      // Nobody's user is removed, so that a new one is there for good.
      if (user) tellChanged(t('admin.saved_of', { name: saved.name }), 'user', saved.id, 'users', 'agents');
      else changed('users', 'agents');
      onClose();
      if (!user && byLink) onInvite(saved);
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const set = (part: Partial<NewUser>) => setForm({ ...form, ...part });
  return (
    <FormModal
      title={user ? t('admin.edit_of', { name: user.name }) : t('admin.new_user')} opened onClose={onClose} onSubmit={() => save.mutate()}
      submit={user ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput label={t('admin.user_name')} value={name} data-autofocus error={error?.fault('name')} onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput
        label={t('admin.login')} value={form.login} autoCapitalize="none" spellCheck={false} autoComplete="off" error={error?.fault('login')}
        onChange={(event) => set({ login: event.currentTarget.value.trim() })}
      />
      <Select
        label={t('admin.role')} data={ROLES.map((role) => ({ value: role, label: t(`shell.role_${role}`) }))} value={form.role} allowDeselect={false} error={error?.fault('role')}
        onChange={(role) => { if (role) set({ role: role as Role }); }} // only the roles above are offered
      />
      {ofClient(form.role) && (
        <Select
          label={t('admin.client')} description={t('admin.user_client_hint')} data={optionsOf(clients.data)} searchable value={form.client ?? null} error={error?.fault('client')}
          onChange={(client) => set({ client })}
        />
      )}
      {!ofClient(form.role) && (
        <Select
          label={t('admin.user_agent')} description={t('admin.user_agent_hint')} data={optionsOf(agents.data)} searchable clearable value={form.agent ?? null}
          error={error?.fault('agent')} onChange={(own) => set({ agent: own })}
        />
      )}
      <Select
        label={t('signin.screens')} data={LOCALES.map(({ code, name: label }) => ({ value: code, label }))} value={form.language} allowDeselect={false}
        onChange={(language) => { if (language) set({ language }); }}
      />
      {user ? (
        <Switch label={t('admin.user_disabled')} checked={disabled} onChange={(event) => setDisabled(event.currentTarget.checked)} />
      ) : (
        <>
          <HowIn byLink={byLink} onChange={setByLink} />
          {!byLink && (
            <PasswordInput
              label={t('admin.first_password')} description={t('admin.password_hint')} value={form.password ?? ''} autoComplete="new-password" maxLength={200}
              error={error?.fault('password')} onChange={(event) => set({ password: event.currentTarget.value })}
            />
          )}
        </>
      )}
    </FormModal>
  );
}
