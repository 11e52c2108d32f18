// The questions of the first run, one screen each.
import { MultiSelect, PasswordInput, Radio, Select, TagsInput, Text, TextInput, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import { faultAt, faultsUnder } from '../admin/parts/faults';
import { HoursEditor } from '../admin/parts/HoursEditor';
import { languageOptions, zoneOptions } from '../admin/parts/names';
import type { FaultView, FirstAdministrator, FirstClient } from '../api/types';
import { useT } from '../i18n/t';
import css from './FirstRun.module.css';

/** What the step itself found missing, by field. */
export type Missing = Partial<Record<string, string>>;
type Common = { missing: Missing; faults: readonly FaultView[] };

/** A step's heading with its reason; takes the focus when the step begins. */
export function StepHead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Title order={2} tabIndex={-1} style={{ outline: 'none' }}>{title}</Title>
      <Text c="dimmed" mt={2}>{children}</Text>
    </div>
  );
}

/** Who administers. */
export function YouStep({ value, missing, faults, onChange }: Common & {
  value: FirstAdministrator; onChange: (part: Partial<FirstAdministrator>) => void;
}) {
  const t = useT();
  return (
    <>
      <StepHead title={t('firstrun.you_title')}>{t('firstrun.you_why')}</StepHead>
      <TextInput
        label={t('firstrun.name')} description={t('firstrun.name_hint')} value={value.name} autoComplete="name" required withAsterisk={false}
        error={missing['name'] ?? faultAt(faults, 'administrator.name')} onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t('firstrun.login')} description={t('firstrun.login_hint')} value={value.login} autoComplete="username" autoCapitalize="none"
        spellCheck={false} required withAsterisk={false} error={missing['login'] ?? faultAt(faults, 'administrator.login')}
        onChange={(event) => onChange({ login: event.currentTarget.value.trim() })}
      />
      <PasswordInput
        label={t('firstrun.password')} description={t('firstrun.password_hint')} value={value.password} autoComplete="new-password" required
        withAsterisk={false} maxLength={200} error={missing['password'] ?? faultAt(faults, 'administrator.password')}
        onChange={(event) => onChange({ password: event.currentTarget.value })}
      />
    </>
  );
}

/** The company that runs the floor. */
export function ProviderStep({ name, zone, missing, faults, onChange }: Common & {
  name: string; zone: string; onChange: (part: { provider_name?: string; provider_zone?: string }) => void;
}) {
  const t = useT();
  return (
    <>
      <StepHead title={t('firstrun.provider_title')}>{t('firstrun.provider_why')}</StepHead>
      <TextInput
        label={t('firstrun.provider')} value={name} autoComplete="organization" required withAsterisk={false} maxLength={80}
        error={missing['provider'] ?? faultAt(faults, 'provider_name')} onChange={(event) => onChange({ provider_name: event.currentTarget.value })}
      />
      <Select
        label={t('firstrun.provider_zone')} description={t('firstrun.provider_zone_hint')} data={zoneOptions(zone)} value={zone} searchable
        allowDeselect={false} limit={100} error={faultAt(faults, 'provider_zone')}
        onChange={(provider_zone) => { if (provider_zone) onChange({ provider_zone }); }}
      />
    </>
  );
}

const MODELS = ['shared', 'dedicated', 'hybrid'] as const;

/** The first client and who answers for it. */
export function ClientStep({ value, missing, faults, onChange }: Common & {
  value: FirstClient; onChange: (part: Partial<FirstClient>) => void;
}) {
  const t = useT();
  return (
    <>
      <StepHead title={t('firstrun.client_title')}>{t('firstrun.client_why')}</StepHead>
      <TextInput
        label={t('firstrun.client')} description={t('firstrun.client_hint')} value={value.name} required withAsterisk={false} maxLength={80}
        error={missing['client'] ?? faultAt(faults, 'client.name')} onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Select
        label={t('firstrun.zone')} data={zoneOptions(value.zone)} value={value.zone} searchable allowDeselect={false} limit={100}
        error={faultAt(faults, 'client.zone')} onChange={(zone) => { if (zone) onChange({ zone }); }}
      />
      <MultiSelect
        label={t('firstrun.languages')} description={t('firstrun.languages_hint')} data={languageOptions(value.languages)} searchable
        value={value.languages} error={missing['languages'] ?? faultsUnder(faults, 'client.languages')[0]?.message}
        onChange={(languages) => onChange({ languages })}
      />
      <Radio.Group label={t('firstrun.model')} value={value.model} onChange={(model) => onChange({ model: model as FirstClient['model'] })}>
        <div className={css.models}>
          {MODELS.map((model) => (
            <Radio.Card key={model} value={model} p="sm" aria-label={t(`firstrun.model_${model}`)} style={value.model === model ? { borderColor: 'var(--accent)', background: 'var(--accent-soft)' } : { borderColor: 'var(--edge)' }}>
              <Text fw={600}>{t(`firstrun.model_${model}`)}</Text>
              <Text size="xs" c="var(--text-2)">{t(`firstrun.model_${model}_why`)}</Text>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      <HoursEditor
        label={t(value.model === 'hybrid' ? 'firstrun.hours_hybrid' : 'firstrun.hours')} value={value.hours} path="client.hours" faults={faults}
        onChange={(hours) => onChange({ hours })}
      />
      {missing['hours'] && <Text size="xs" c="var(--danger)" role="alert">{missing['hours']}</Text>}
      <TextInput
        label={t('firstrun.greeting')} value={value.greeting} placeholder={t('firstrun.greeting_value', { client: value.name || '…' })}
        error={faultAt(faults, 'client.greeting')} onChange={(event) => onChange({ greeting: event.currentTarget.value })}
      />
      <TagsInput
        label={t('firstrun.origins')} description={t('firstrun.origins_hint')} value={value.origins ?? []} inputMode="url" size="xs"
        error={faultsUnder(faults, 'client.origins').map(({ message, next }) => `${message} ${next}`).join(' ') || undefined}
        onChange={(origins) => onChange({ origins })}
      />
    </>
  );
}
