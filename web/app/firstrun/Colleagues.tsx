import { Alert, Button, Group, List, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { get, path, post } from '../api/client';
import { ApiError } from '../api/errors';
import type { AgentProfile, AgentView, FirstAdministrator, FirstRunDone, UserView } from '../api/types';
import { useT } from '../i18n/t';
import { StepHead } from './Steps';

/** Colleagues who answer as well; each gets the client, pools and team of the administrator. */
export function Colleagues({ done, you }: { done: FirstRunDone; you: FirstAdministrator }) {
  const t = useT();
  const own = done.session.agent ?? '';
  const mine = useQuery({ queryKey: ['agents', own], queryFn: () => get<AgentView>(path`/agents/${own}`), enabled: own !== '' });
  const [name, setName] = useState('');
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [added, setAdded] = useState<UserView[]>([]);
  const add = useMutation({
    mutationFn: async () => {
      const like = mine.data;
      const profile: AgentProfile = {
        name, alias: name.split(' ')[0] ?? name, aliases: [], pools: like?.pools ?? [], team: like?.team ?? null, skills: [],
        languages: like?.languages ?? [done.session.language], channels: like?.channels ?? [{ channel: 'chat', max: 3 }],
        sign_offs: like?.sign_offs ?? [done.client], site: null,
      };
      const agent = await post<AgentView>('/agents', profile);
      return post<UserView>('/users', { login, name, role: 'agent', agent: agent.id, language: done.session.language, password });
    },
    meta: { quiet: true },
    onSuccess: (user) => {
      setAdded([...added, user]);
      setName('');
      setLogin('');
      setPassword('');
    },
  });
  const error = add.error instanceof ApiError ? add.error : undefined;
  const ready = name.trim() && /^\S{2,64}$/.test(login) && password.length >= 10;
  return (
    <>
      <StepHead title={t('firstrun.agent_title')}>{t('firstrun.agent_why')}</StepHead>
      <List size="sm" aria-label={t('firstrun.agent_list')}>
        <List.Item>{you.name} ({t('firstrun.you_mark')})</List.Item>
        {added.map((user) => <List.Item key={user.id}>{t('firstrun.agent_added', { name: user.name, login: user.login })}</List.Item>)}
      </List>
      {error && error.faults.length === 0 && <Alert color="danger" variant="light" role="alert" title={error.message}>{error.next}</Alert>}
      <Group align="flex-end" gap="sm" grow preventGrowOverflow={false}>
        <TextInput label={t('firstrun.agent_name')} value={name} error={error?.fault('name')} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label={t('firstrun.login')} value={login} autoCapitalize="none" spellCheck={false} error={error?.fault('login')} onChange={(event) => setLogin(event.currentTarget.value.trim())} />
        <PasswordInput label={t('firstrun.agent_password')} description={t('firstrun.password_hint')} value={password} autoComplete="new-password" error={error?.fault('password')} onChange={(event) => setPassword(event.currentTarget.value)} />
      </Group>
      <Group>
        <Button variant="default" disabled={!ready} loading={add.isPending} onClick={() => add.mutate()}>{t('firstrun.agent_add')}</Button>
      </Group>
    </>
  );
}
