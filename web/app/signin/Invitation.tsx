import { Alert, Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { post } from '../api/client';
import { ApiError } from '../api/errors';
import { session } from '../api/session';
import type { InvitationView, SessionView } from '../api/types';
import { LOCALES, setLocale, useT } from '../i18n/t';
import { queries } from '../queries';
import { Empty } from '../ui/Empty';
import { Languages } from './SignIn';
import css from './SignIn.module.css';

/** What follows `#` in the link: no server is sent it. Read once, and taken out of the address. */
const key = location.hash.slice(1);
history.replaceState(history.state, '', location.pathname);

/** Whoever has a link chooses a password and is in. */
export default function Invitation() {
  const t = useT();
  const navigate = useNavigate();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [differ, setDiffer] = useState(false);
  const whom = useQuery({
    queryKey: ['invitation'],
    queryFn: async () => {
      const found = await post<InvitationView>('/invitation', { key });
      const own = LOCALES.find(({ code }) => code === found.language);
      if (own) await setLocale(own.code);
      return found;
    },
    staleTime: Number.POSITIVE_INFINITY, retry: false, meta: { quiet: true },
  });
  const choose = useMutation({
    mutationFn: () => post<SessionView>('/invitation/password', { key, password }),
    meta: { quiet: true },
    onSuccess: async () => {
      await queries.fetchQuery({ ...session, staleTime: 0 });
      await navigate({ to: '/' });
    },
  });
  const refused = whom.error instanceof ApiError ? whom.error : undefined;
  const error = choose.error instanceof ApiError ? choose.error : undefined;
  return (
    <main className={css.page}>
      <Paper
        withBorder p={28} className={css.card ?? ''} component="form" aria-labelledby="invitation"
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault();
          setDiffer(password !== again);
          if (password === again) choose.mutate();
        }}
      >
        <div className={css.brand}>
          <img src="/favicon.svg" alt="" />
          <Title order={1} id="invitation">{whom.data?.provider ?? t('shell.product')}</Title>
        </div>
        {refused && <Empty title={refused.message} action={<Button component="a" href="/sign-in">{t('signin.enter')}</Button>}>{refused.next}</Empty>}
        {whom.data && (
          <Stack gap="md">
            <Text>{t('signin.invited', { name: whom.data.name, login: whom.data.login })}</Text>
            {error && error.faults.length === 0 && <Alert color="danger" variant="light" role="alert" title={error.message}>{error.next}</Alert>}
            {/* The name that a browser keeps the password with. */}
            <input type="text" name="username" autoComplete="username" value={whom.data.login} readOnly hidden />
            <PasswordInput
              label={t('signin.new')} description={t('signin.rule')} value={password} autoComplete="new-password" maxLength={200} size="sm" data-autofocus error={error?.fault('password')}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <PasswordInput
              label={t('signin.again')} value={again} autoComplete="new-password" maxLength={200} size="sm" error={differ && password !== again ? t('signin.differ') : undefined}
              onChange={(event) => setAgain(event.currentTarget.value)}
            />
            <Button type="submit" size="sm" fullWidth loading={choose.isPending}>{t('signin.choose')}</Button>
          </Stack>
        )}
      </Paper>
      <Languages />
    </main>
  );
}
