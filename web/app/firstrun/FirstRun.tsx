import { Alert, Anchor, Button, Group, Paper, Stack, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { get, post, setCsrf } from '../api/client';
import { ApiError } from '../api/errors';
import { session } from '../api/session';
import type { FaultView, FirstRun as Request, FirstRunDone, FirstRunState } from '../api/types';
import { ownZone } from '../admin/parts/names';
import { currentLocale, needFace, useT } from '../i18n/t';
import { queries } from '../queries';
import { Languages } from '../signin/SignIn';
import { Colleagues } from './Colleagues';
import steps from '../ui/Steps.module.css';
import css from './FirstRun.module.css';
import { ClientStep, ProviderStep, YouStep, type Missing } from './Steps';
import { TestChat } from './TestChat';

// Hours and checklist are those of the administration.
await Promise.all([needFace('admin'), needFace('firstrun')]);

const STEPS = ['administrator', 'provider', 'client', 'agent', 'test'] as const;
type Step = (typeof STEPS)[number];

/** Which step asks for a field, to lead back to it when the server finds a fault. */
const stepOf = (field: string): Step =>
  field.startsWith('administrator') ? 'administrator' : field.startsWith('provider') ? 'provider' : 'client';

/** The first start: makes the administrator, the provider and the first client, then a test chat. */
export default function FirstRun() {
  const t = useT();
  const { token } = useSearch({ from: '/first-run' });
  const state = useQuery({ queryKey: ['first-run'], queryFn: () => get<FirstRunState>('/first-run'), staleTime: Number.POSITIVE_INFINITY });
  const [step, setStep] = useState<Step>('administrator');
  const [form, setForm] = useState<Omit<Request, 'token'>>(() => ({
    provider_name: '',
    provider_zone: ownZone(),
    administrator: { login: '', name: '', password: '', language: currentLocale() },
    client: {
      name: '', zone: ownZone(), languages: [currentLocale()], model: 'shared', greeting: '', origins: [],
      hours: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '09:00', until: '18:00' }],
    },
  }));
  const [missing, setMissing] = useState<Missing>({});
  const card = useRef<HTMLFormElement>(null);
  const shown = useRef(step);
  // A new step is read from its heading on.
  useEffect(() => {
    if (shown.current !== step) card.current?.querySelector<HTMLElement>('h2')?.focus();
    shown.current = step;
  }, [step]);

  const make = useMutation({
    mutationFn: () => {
      const { client, administrator } = form;
      return post<FirstRunDone>('/first-run', {
        ...form,
        token: token ?? '',
        administrator: { ...administrator, language: currentLocale() },
        client: { ...client, greeting: client.greeting.trim() || t('firstrun.greeting_value', { client: client.name }) },
      } satisfies Request);
    },
    meta: { quiet: true },
    onSuccess: async (done) => {
      setCsrf(done.session.csrf);
      queries.setQueryData(session.queryKey, done.session);
      setStep('agent');
    },
    onError: (error) => {
      const first = error instanceof ApiError ? error.faults[0] : undefined;
      if (first) setStep(stepOf(first.field));
    },
  });
  const faults: FaultView[] = make.error instanceof ApiError ? make.error.faults : [];

  const check = (): Missing => {
    const { administrator: you, client } = form;
    const need = t('firstrun.need');
    const found: Missing = {};
    if (step === 'administrator') {
      if (!you.name.trim()) found['name'] = need;
      if (!/^\S{2,64}$/.test(you.login)) found['login'] = t('firstrun.need_login');
      if (you.password.length < 10) found['password'] = t('firstrun.need_password');
    }
    if (step === 'provider' && !form.provider_name.trim()) found['provider'] = need;
    if (step === 'client') {
      if (!client.name.trim()) found['client'] = need;
      if (client.languages.length === 0) found['languages'] = need;
      if (client.hours.length === 0) found['hours'] = need;
    }
    return found;
  };
  const onward = () => {
    const found = check();
    setMissing(found);
    if (Object.keys(found).length > 0) return;
    if (step === 'administrator') setStep('provider');
    else if (step === 'provider') setStep('client');
    else if (step === 'client') make.mutate();
    else setStep('test');
  };
  const at = STEPS.indexOf(step);
  const done = make.data;

  if (state.data && !state.data.needed && !done) {
    return (
      <Notice title={t('firstrun.done_already')} next={t('firstrun.done_already_next')}>
        <Button component={Link} to="/sign-in">{t('firstrun.to_sign_in')}</Button>
      </Notice>
    );
  }
  if (!token) return <Notice title={t('firstrun.token_missing')} next={t('firstrun.token_missing_next')} />;

  return (
    <main className={css.page}>
      <div className={css.head}>
        <img src="/favicon.svg" alt="" />
        <div>
          <Title order={1}>{t('firstrun.title')}</Title>
          <p>{t('firstrun.intro')}</p>
        </div>
      </div>
      <ol className={`${steps.steps} ${css.narrow}`} aria-label={t('firstrun.steps')}>
        {STEPS.map((one, i) => (
          <li key={one} className={steps.step} {...(i < at ? { 'data-done': true } : {})} {...(one === step ? { 'aria-current': 'step' as const } : {})}>
            {t(`firstrun.step_${one}`)}
          </li>
        ))}
      </ol>
      <Paper
        withBorder p="lg" ref={card} className={css.card ?? ''} component="form" noValidate aria-label={t('firstrun.step_of', { at: String(at + 1), of: String(STEPS.length) })}
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault();
          onward();
        }}
      >
        <Stack gap="md">
          {make.error instanceof ApiError && step !== 'agent' && step !== 'test' && (
            <Alert color="danger" variant="light" role="alert" title={make.error.message}>{make.error.next}</Alert>
          )}
          {step === 'administrator' && (
            <YouStep value={form.administrator} missing={missing} faults={faults} onChange={(part) => setForm({ ...form, administrator: { ...form.administrator, ...part } })} />
          )}
          {step === 'provider' && (
            <ProviderStep
              name={form.provider_name} zone={form.provider_zone} missing={missing} faults={faults}
              onChange={(part) => {
                // Most first clients are where the floor is.
                const zone = part.provider_zone ?? form.client.zone;
                setForm({ ...form, ...part, client: { ...form.client, zone } });
              }}
            />
          )}
          {step === 'client' && (
            <ClientStep value={form.client} missing={missing} faults={faults} onChange={(part) => setForm({ ...form, client: { ...form.client, ...part } })} />
          )}
          {step === 'agent' && done && <Colleagues done={done} you={form.administrator} />}
          {step === 'test' && done && <TestChat done={done} client={form.client.name} />}
          {step !== 'test' && (
            <Group justify="space-between">
              {step === 'provider' || step === 'client' ? (
                <Button variant="default" onClick={() => setStep(step === 'client' ? 'provider' : 'administrator')}>{t('firstrun.back')}</Button>
              ) : <span />}
              <Button type="submit" loading={make.isPending}>{step === 'client' ? t('firstrun.finish') : t('firstrun.next')}</Button>
            </Group>
          )}
        </Stack>
      </Paper>
      {!done && <Languages />}
    </main>
  );
}

function Notice({ title, next, children }: { title: string; next: string; children?: React.ReactNode }) {
  const t = useT();
  return (
    <main className={css.page}>
      <div className={css.head}><img src="/favicon.svg" alt="" /><Title order={1}>{t('shell.product')}</Title></div>
      <Paper withBorder p="lg" className={css.card ?? ''}>
        <Stack gap="sm" align="flex-start">
          <Title order={2}>{title}</Title>
          <span>{next}</span>
          {children ?? <Anchor component={Link} to="/sign-in">{t('firstrun.to_sign_in')}</Anchor>}
        </Stack>
      </Paper>
      <Languages />
    </main>
  );
}
