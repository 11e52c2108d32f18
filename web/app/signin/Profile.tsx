import { Alert, Button, Group, Paper, PasswordInput, Select, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { put } from '../api/client';
import { ApiError } from '../api/errors';
import { session, useMe } from '../api/session';
import { chooseLocale, LOCALES, useT } from '../i18n/t';
import { queries } from '../queries';
import { showNote } from '../ui/toast';

/** The signed-in person's own settings: language and password. */
export default function Profile() {
  const t = useT();
  const me = useMe();
  const language = useMutation({
    mutationFn: (code: string) => put('/session/preferences', { language: code }),
    onSuccess: async (_, code) => {
      const own = LOCALES.find((one) => one.code === code);
      if (own) await chooseLocale(own.code);
      await queries.fetchQuery({ ...session, staleTime: 0 });
      showNote(t('signin.saved'));
    },
  });
  return (
    <Stack p="lg" gap="md" maw={520}>
      <Title order={1}>{t('signin.profile')}</Title>
      <Paper withBorder p="md">
        <Stack gap="sm">
          <Group gap="xl">
            <div><Text size="xs" c="dimmed">{t('signin.who')}</Text><Text fw={550}>{me.name} ({me.login})</Text></div>
            <div><Text size="xs" c="dimmed">{t('signin.role')}</Text><Text fw={550}>{t(`shell.role_${me.role}`)}</Text></div>
          </Group>
          <Select
            label={t('signin.screens')} value={me.language} allowDeselect={false} w={220}
            data={LOCALES.map(({ code, name }) => ({ value: code, label: name }))}
            onChange={(code) => { if (code) language.mutate(code); }}
          />
        </Stack>
      </Paper>
      <Password />
    </Stack>
  );
}

function Password() {
  const t = useT();
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const [differ, setDiffer] = useState(false);
  const change = useMutation({
    mutationFn: () => put('/session/password', { current, new: fresh }),
    meta: { quiet: true },
    onSuccess: () => {
      setCurrent('');
      setFresh('');
      setAgain('');
      showNote(t('signin.changed'));
    },
  });
  const error = change.error instanceof ApiError ? change.error : undefined;
  const ofCurrent = error?.fault('current');
  const ofNew = error?.fault('new');
  return (
    <Paper
      withBorder p="md" component="form" aria-labelledby="change-password"
      onSubmit={(event: React.FormEvent) => {
        event.preventDefault();
        setDiffer(fresh !== again);
        if (fresh === again) change.mutate();
      }}
    >
      <Stack gap="sm">
        <Title order={2} id="change-password">{t('signin.change_password')}</Title>
        {error && !ofCurrent && !ofNew && <Alert color="danger" variant="light" role="alert" title={error.message}>{error.next}</Alert>}
        <PasswordInput
          label={t('signin.current')} value={current} required withAsterisk={false} autoComplete="current-password" error={ofCurrent}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('signin.new')} description={t('signin.rule')} value={fresh} required withAsterisk={false} minLength={10}
          maxLength={200} autoComplete="new-password" error={ofNew} onChange={(event) => setFresh(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('signin.again')} value={again} required withAsterisk={false} autoComplete="new-password"
          error={differ ? t('signin.differ') : undefined} onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <Group><Button type="submit" loading={change.isPending}>{t('signin.change_password')}</Button></Group>
      </Stack>
    </Paper>
  );
}
