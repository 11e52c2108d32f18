import { Alert, Button, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { get, post } from '../api/client';
import { ApiError } from '../api/errors';
import { session } from '../api/session';
import type { FirstRunState, SessionView } from '../api/types';
import { LOCALES, setLocale, useLocale, useT } from '../i18n/t';
import { queries } from '../queries';
import css from './SignIn.module.css';

/** Signs somebody in and leads back to where they were going. */
export default function SignIn() {
  const t = useT();
  const navigate = useNavigate();
  const { to } = useSearch({ from: '/sign-in' });
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const first = useQuery({ queryKey: ['first-run'], queryFn: () => get<FirstRunState>('/first-run'), meta: { quiet: true } });
  const enter = useMutation({
    mutationFn: () => post<SessionView>('/session', { login: login.trim(), password }),
    meta: { quiet: true },
    onSuccess: async (me) => {
      const own = LOCALES.find(({ code }) => code === me.language);
      if (own) await setLocale(own.code);
      await queries.fetchQuery({ ...session, staleTime: 0 });
      await navigate({ to: to ?? '/' });
    },
  });
  const error = enter.error instanceof ApiError ? enter.error : undefined;

  return (
    <main className={css.page}>
      <Paper
        withBorder p={28} className={css.card ?? ''} component="form" aria-labelledby="sign-in"
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <div className={css.brand}>
          <img src="/favicon.svg" alt="" />
          <Title order={1} id="sign-in">{t('shell.product')}</Title>
        </div>
        <Stack gap="md">
          {first.data?.needed && (
            <Alert color="accent" variant="light" title={t('signin.first_run')}>{t('signin.first_run_next')}</Alert>
          )}
          {error && (
            <Alert color="danger" variant="light" role="alert" title={error.message}>
              {error.next} {error.retryAfter ? t('signin.wait', { count: error.retryAfter }) : ''}
            </Alert>
          )}
          <TextInput
            label={t('signin.login')} value={login} autoComplete="username" autoCapitalize="none" spellCheck={false} required
            size="sm" withAsterisk={false} data-autofocus
            onChange={(event) => setLogin(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('signin.password')} value={password} autoComplete="current-password" required size="sm" withAsterisk={false}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" size="sm" fullWidth loading={enter.isPending}>{t('signin.enter')}</Button>
        </Stack>
      </Paper>
      <Languages />
    </main>
  );
}

/** The languages of the screens, for somebody who is not signed in. */
export function Languages() {
  const t = useT();
  const locale = useLocale();
  return (
    <nav className={css.languages} aria-label={t('shell.language')}>
      {LOCALES.map(({ code, name }) => (
        <Button
          key={code} variant={code === locale ? 'light' : 'subtle'} color={code === locale ? 'accent' : 'gray'} lang={code}
          aria-pressed={code === locale} onClick={() => void setLocale(code)}
        >
          {name}
        </Button>
      ))}
    </nav>
  );
}
