// From a trade's template to a first test chat: three questions, then what is still missing.
import { Alert, Button, Group, MultiSelect, Paper, Radio, Select, Stack, Switch, TagsInput, Text, TextInput, Title } from '@mantine/core';
import { IconExternalLink, IconHeadset } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { get, path, post } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { ClientView, FromTemplateDone, NewFromTemplate, TemplateView } from '../../api/types';
import { TariffInWords } from '../../billing/TariffInWords';
import type { Names } from '../../billing/words';
import { currentLocale, needFace, useT } from '../../i18n/t';
import { Snippet } from '../../ui/Snippet';
import { showNote } from '../../ui/toast';
import { allAgents, allPools, changed, checklist as checklistOf, client as clientOf, optionsOf } from '../data';
import { faultAt, faultsUnder } from '../parts/faults';
import { HoursEditor } from '../parts/HoursEditor';
import { languageOptions, ownZone, zoneOptions } from '../parts/names';
import { faultsOf, Page, Refusal, Section, Waiting } from '../parts/Page';
import { ChecklistPoints } from './ChecklistPoints';
import steps from '../../ui/Steps.module.css';
import css from './Setup.module.css';
import { FirstCall } from './SetupCall';

await needFace('billing');

const STEPS = ['trade', 'client', 'people'] as const;
type Step = (typeof STEPS)[number];

/** Which step each refused field belongs to. */
const FIELDS: Record<Step, readonly string[]> = { trade: [], client: ['name', 'zone', 'languages', 'weekly', 'origins'], people: ['pool', 'sign_offs', 'team'] };

const asIs: Names = { queue: (id) => id, disposition: (id) => id };

/** The wizard; once the client is made its id is in the address. */
export default function Setup() {
  const t = useT();
  const navigate = useNavigate();
  const { client } = useSearch({ strict: false }) as { client?: string };
  const [done, setDone] = useState<FromTemplateDone>();
  return (
    <Page title={t('admin.set_title')} why={t('admin.set_why')}>
      {client ? (
        <Ready client={client} done={done?.client.id === client ? done : undefined} />
      ) : (
        <Asking
          onDone={(made) => {
            setDone(made);
            changed('clients', 'pools', 'teams', 'skills', 'calendars', 'agents');
            void navigate({ to: '/admin/set-up' as '/', search: { client: made.client.id } as never, replace: true });
          }}
        />
      )}
    </Page>
  );
}

function Asking({ onDone }: { onDone: (done: FromTemplateDone) => void }) {
  const t = useT();
  const [step, setStep] = useState<Step>('trade');
  const [trade, setTrade] = useState<string>();
  const [form, setForm] = useState<NewFromTemplate>({ name: '', zone: ownZone(), languages: [currentLocale()], weekly: [], pool: null, sign_offs: [], team: [], origins: [], with_tariff: true });
  const language = form.languages[0] ?? 'en';
  const templates = useQuery({ queryKey: ['templates', language], queryFn: ({ signal }) => get<TemplateView[]>('/templates', { language }, signal), placeholderData: (before) => before });
  const own = useQuery({ queryKey: ['templates', currentLocale()], queryFn: ({ signal }) => get<TemplateView[]>('/templates', { language: currentLocale() }, signal) });
  const head = useRef<HTMLHeadingElement>(null);
  const moved = useRef(false);
  // Whoever goes on by keyboard or ear finds the next question.
  useEffect(() => {
    if (moved.current) head.current?.focus();
    moved.current = true;
  }, [step]);
  const make = useMutation({
    mutationFn: () => post<FromTemplateDone>(path`/templates/${trade ?? ''}/clients`, form), meta: { quiet: true }, onSuccess: onDone,
    onError: (error) => {
      const faults = faultsOf(error);
      const at = STEPS.find((one) => FIELDS[one].some((field) => faultsUnder(faults, field).length > 0));
      if (at) setStep(at);
    },
  });
  if (!templates.data || !own.data) return <Waiting error={templates.error ?? own.error} retry={() => void Promise.all([templates.refetch(), own.refetch()])} />;
  const chosen = templates.data.find((one) => one.trade === trade);
  const at = STEPS.indexOf(step);
  const set = (part: Partial<NewFromTemplate>) => setForm({ ...form, ...part });
  const faults = faultsOf(make.error);
  return (
    <>
      <ol className={steps.steps}>
        {STEPS.map((one, i) => <li key={one} className={steps.step} {...(i < at ? { 'data-done': true } : {})} {...(one === step ? { 'aria-current': 'step' as const } : {})}>{t(`admin.set_step_${one}`)}</li>)}
      </ol>
      <Paper
        withBorder p="lg" component="form" noValidate aria-label={t(`admin.set_step_${step}`)}
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault();
          const next = STEPS[at + 1];
          if (next) setStep(next);
          else make.mutate();
        }}
      >
        <Stack gap="md">
          <Title order={2} ref={head} tabIndex={-1} style={{ outline: 'none' }}>{t(`admin.set_ask_${step}`)}</Title>
          <Refusal error={make.error} />
          {step === 'trade' && (
            <Radio.Group
              value={trade ?? null} label={t('admin.set_step_trade')}
              onChange={(next) => {
                setTrade(next);
                const weekly = own.data.find((one) => one.trade === next)?.weekly;
                if (weekly) set({ weekly });
              }}
            >
              <div className={css.trades}>
                {own.data.map((one) => (
                  <Radio.Card key={one.trade} value={one.trade} p="sm" className={css.trade ?? ''} aria-label={one.name} style={one.trade === trade ? { borderColor: 'var(--accent)', background: 'var(--accent-soft)' } : { borderColor: 'var(--edge)' }}>
                    <Text fw={600}>{one.name}</Text>
                    <Text size="xs" c="var(--text-2)">{one.why} {t(`admin.model_${one.model}`)}.</Text>
                  </Radio.Card>
                ))}
              </div>
            </Radio.Group>
          )}
          {step === 'client' && (
            <>
              <TextInput label={t('admin.name')} value={form.name} maxLength={80} error={faultAt(faults, 'name')} onChange={(event) => set({ name: event.currentTarget.value })} />
              <Select label={t('admin.zone')} data={zoneOptions(form.zone)} value={form.zone} searchable allowDeselect={false} limit={100} error={faultAt(faults, 'zone')} onChange={(zone) => { if (zone) set({ zone }); }} />
              <MultiSelect
                label={t('admin.languages')} description={t('admin.set_languages_hint')} data={languageOptions(form.languages)} searchable value={form.languages}
                error={faultsUnder(faults, 'languages')[0]?.message} onChange={(languages) => set({ languages })}
              />
              <HoursEditor label={t(chosen?.around_the_clock ? 'admin.set_team_hours' : 'admin.set_hours')} value={form.weekly} faults={faults} onChange={(weekly) => set({ weekly })} />
              <TagsInput
                label={t('admin.set_origins')} description={t('admin.set_origins_hint')} value={form.origins ?? []} inputMode="url" acceptValueOnBlur
                error={faultsUnder(faults, 'origins').map(({ message, next }) => `${message} ${next}`).join(' ') || undefined} onChange={(origins) => set({ origins })}
              />
            </>
          )}
          {step === 'people' && chosen && <People form={form} template={chosen} faults={faults} set={set} />}
          <Group justify="space-between">
            {at > 0 ? <Button variant="default" onClick={() => setStep(STEPS[at - 1] ?? 'trade')}>{t('admin.set_back')}</Button> : <span />}
            <Button type="submit" loading={make.isPending} disabled={!trade || (step === 'client' && form.name.trim() === '')}>{t(step === 'people' ? 'admin.set_make' : 'admin.set_next')}</Button>
          </Group>
        </Stack>
      </Paper>
    </>
  );
}

function People({ form, template, faults, set }: { form: NewFromTemplate; template: TemplateView; faults: ReturnType<typeof faultsOf>; set: (part: Partial<NewFromTemplate>) => void }) {
  const t = useT();
  const { role } = useMe();
  const [pools, agents] = [useQuery(allPools), useQuery(allAgents)];
  const of = (field: string) => faultsUnder(faults, field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const inPool = agents.data?.filter((agent) => !form.pool || agent.pools?.includes(form.pool)) ?? [];
  return (
    <>
      <Select
        label={t('admin.set_pool')} description={t('admin.set_pool_hint')} clearable placeholder={t('admin.set_pool_new')} data={optionsOf(pools.data)} value={form.pool ?? null} error={of('pool')}
        onChange={(pool) => set({ pool, sign_offs: [] })}
      />
      <MultiSelect
        label={t('admin.set_sign_offs')} description={t('admin.set_sign_offs_hint')} searchable data={optionsOf(inPool)} value={form.sign_offs ?? []} error={of('sign_offs')}
        onChange={(sign_offs) => set({ sign_offs })}
      />
      {template.model !== 'shared' && role === 'administrator' && (
        <MultiSelect
          label={t('admin.set_team')} description={t('admin.set_team_hint')} searchable data={optionsOf(agents.data?.filter(({ team }) => !team))} value={form.team ?? []} error={of('team')}
          onChange={(team) => set({ team })}
        />
      )}
      <Section title={t('admin.set_gets')}>
        <ul className={css.gets}>
          {template.queues.map((queue) => (
            <li key={queue.name}>
              <strong>{queue.name}</strong> · {queue.channels.map((channel) => t(`admin.channel_${channel}`)).join(', ')}
              <details><summary>{t('admin.protocol')}</summary><p className={css.protocol}>{queue.protocol}</p></details>
            </li>
          ))}
        </ul>
        <Text size="sm">{t('admin.dispositions')}: {template.dispositions.join(', ')}</Text>
        <Text size="sm">{t('admin.canned')}: {template.answers.map((one) => `/${one}`).join(', ')}</Text>
        {template.menu.length > 0 && <Text size="sm">{t('admin.set_menu')}: {template.menu.map((words) => `“${words.replaceAll('{client}', form.name)}”`).join(' ')}</Text>}
      </Section>
      <Switch label={t('admin.set_tariff')} description={t('admin.set_tariff_hint')} checked={form.with_tariff} onChange={(event) => set({ with_tariff: event.currentTarget.checked })} />
      {form.with_tariff && <TariffInWords tariff={template.tariff} names={asIs} />}
    </>
  );
}

/** What there is, what is missing, and how to try it. */
function Ready({ client: id, done }: { client: string; done: FromTemplateDone | undefined }) {
  const t = useT();
  const client = useQuery(clientOf(id));
  const checklist = useQuery(checklistOf(id));
  const goLive = useMutation({
    mutationFn: (version: number) => post<ClientView>(path`/clients/${id}/go-live`, { version }),
    onSuccess: ({ name }) => showNote(t('admin.gone_live', { name })),
    onSettled: () => changed('clients'),
  });
  if (!client.data || !checklist.data) return <Waiting error={client.error ?? checklist.error} retry={() => void Promise.all([client.refetch(), checklist.refetch()])} />;
  const it = client.data;
  return (
    <>
      <Section title={t('admin.set_made', { name: it.name })} hint={t('admin.set_made_hint')}>
        <ChecklistPoints points={checklist.data.points} />
        <Group>
          {it.status !== 'live' && <Button disabled={!checklist.data.ready} loading={goLive.isPending} onClick={() => goLive.mutate(it.version)}>{t('admin.go_live')}</Button>}
          <Button component={Link} to={'/admin/clients/$client' as '/'} params={{ client: id } as never} variant="default">{t('admin.set_open')}</Button>
        </Group>
        {goLive.error instanceof ApiError && <Refusal error={goLive.error} />}
      </Section>
      <Section title={t('admin.set_try')} hint={t('admin.set_try_hint')}>
        {it.status === 'live' ? (
          <Group>
            <Button component={Link} to="/desk" leftSection={<IconHeadset size={16} />}>{t('admin.set_desk')}</Button>
            <Button component="a" href={`/demo/${id}`} target="_blank" rel="noopener" variant="default" rightSection={<IconExternalLink size={14} />}>{t('admin.test_page')}</Button>
          </Group>
        ) : (
          <Alert color="accent" variant="light">{t('admin.set_not_live')}</Alert>
        )}
        {done && <Snippet>{done.widget.snippet}</Snippet>}
      </Section>
      <FirstCall client={id} prompts={done?.prompts ?? []} flow={done?.flow ?? undefined} />
    </>
  );
}
