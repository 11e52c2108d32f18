import { Button, Group, NumberInput, Select, Switch, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { get, path, put } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { BroadcastView, SoundChoice, VoiceSettings } from '../../api/types';
import { useT } from '../../i18n/t';
import { queries } from '../../queries';
import { showNote } from '../../ui/toast';
import { allNumbers, draft, prompts as promptsOf, voiceSettings } from '../data';
import { faultsUnder } from '../parts/faults';
import { Fields, Refusal, Section, Waiting } from '../parts/Page';
import { TextsField } from '../parts/TextsField';

const NO_SOUNDS: SoundChoice = { music: null, greeting: null, notice: null, broadcast: null, closed: null, full: null, voicemail: null };

/** How a client's calls are treated, beside what the contract says. */
export default function Calls() {
  const { client } = useParams({ strict: false }) as { client: string };
  const settings = useQuery(voiceSettings(client));
  if (!settings.data) return <Waiting error={settings.error} retry={() => void settings.refetch()} />;
  return <Form key={`${client} ${settings.data.version ?? 0}`} client={client} kept={settings.data} reload={() => void settings.refetch()} />;
}

function Form({ client, kept, reload }: { client: string; kept: VoiceSettings; reload: () => void }) {
  const t = useT();
  const { role } = useMe();
  const may = role === 'administrator' || role === 'account_manager';
  const terms = useQuery(draft(client));
  const numbers = useQuery(allNumbers);
  const prompts = useQuery(promptsOf(client));
  const names = [...new Set(prompts.data?.items.map(({ name }) => name) ?? [])];
  const [form, setForm] = useState(kept);
  const change = (part: Partial<VoiceSettings>): void => setForm({ ...form, ...part });
  const save = useMutation({
    mutationFn: () => put<VoiceSettings>(path`/clients/${client}/voice`, form),
    meta: { quiet: true },
    onSuccess: (saved) => {
      queries.setQueryData(voiceSettings(client).queryKey, saved);
      showNote(t('admin.saved'));
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const under = (field: string) => faultsUnder(error?.faults ?? [], field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const languages = terms.data?.terms.languages ?? [];
  const own = numbers.data?.filter((number) => number.client === client) ?? [];
  const sounds: SoundChoice = form.sounds ?? NO_SOUNDS;
  const pick = (part: keyof SoundChoice, label: string) => (
    <Select
      label={label} clearable placeholder={t('admin.sound_spoken')} data={names} value={sounds[part] ?? null} disabled={names.length === 0} error={under(`sounds.${part}`)}
      onChange={(name) => change({ sounds: { ...sounds, [part]: name } })}
    />
  );
  return (
    <form
      noValidate style={{ display: 'contents' }}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {error && error.faults.length === 0 && <Refusal error={error} reload={reload} />}
      <Section title={t('admin.recording')} hint={t('admin.recording_hint')}>
        <Switch label={t('admin.record_calls')} checked={form.record} onChange={(event) => change({ record: event.currentTarget.checked })} />
        <Switch
          label={t('admin.originals_for_client')} description={t('admin.originals_for_client_hint')} checked={form.originals_for_client ?? false}
          onChange={(event) => change({ originals_for_client: event.currentTarget.checked })}
        />
        <TextsField
          label={t('admin.notice')} hint={t('admin.notice_hint')} languages={languages} value={form.notice ?? []} error={under('notice')}
          onChange={(notice) => change({ notice })}
        />
        <Fields>{pick('notice', t('admin.sound_instead'))}</Fields>
      </Section>
      <Section title={t('admin.broadcast')} hint={t('admin.broadcast_hint')}>
        <TextsField
          label={t('admin.broadcast_text')} languages={languages} value={form.broadcast ?? []} error={under('broadcast')} onChange={(broadcast) => change({ broadcast })}
        />
        <Fields>{pick('broadcast', t('admin.sound_instead'))}</Fields>
        <BroadcastSwitch client={client} reload={reload} />
      </Section>
      <Section title={t('admin.while_waiting')}>
        <NumberInput
          label={t('admin.ring_s')} description={t('admin.ring_s_hint')} value={form.ring_s} min={1} max={60} suffix=" s" allowDecimal={false} clampBehavior="none" maw={280}
          error={under('ring_s')} onChange={(value) => change({ ring_s: Number(value) })}
        />
        <Select
          label={t('admin.callback_key')} description={t('admin.callback_key_hint')} placeholder={t('admin.callback_key_none')} clearable maw={280}
          data={[...'1234567890*#']} value={form.callback_key ?? null} error={under('callback_key')} onChange={(key) => change({ callback_key: key })}
        />
        <Switch
          label={t('admin.announce_wait')} description={t('admin.announce_wait_hint')} checked={form.announce_s !== null}
          onChange={(event) => change({ announce_s: event.currentTarget.checked ? 60 : null })}
        />
        {form.announce_s !== null && (
          <NumberInput
            label={t('admin.announce_s')} value={form.announce_s ?? 60} min={20} max={600} suffix=" s" allowDecimal={false} clampBehavior="none" maw={280} error={under('announce_s')}
            onChange={(value) => change({ announce_s: Number(value) })}
          />
        )}
      </Section>
      <Section title={t('admin.voicemail')} hint={t('admin.voicemail_hint')}>
        <Switch label={t('admin.voicemail_closed')} checked={form.voicemail_closed ?? false} onChange={(event) => change({ voicemail_closed: event.currentTarget.checked })} />
        <Fields>
          <Select
            label={t('admin.voicemail_key')} description={t('admin.callback_key_hint')} placeholder={t('admin.voicemail_key_none')} clearable data={[...'1234567890*#']}
            value={form.voicemail_key ?? null} error={under('voicemail_key')} onChange={(key) => change({ voicemail_key: key })}
          />
          <NumberInput
            label={t('admin.voicemail_max_s')} description={t('admin.voicemail_max_s_hint')} value={form.voicemail_max_s ?? 180} min={10} max={600} suffix=" s" allowDecimal={false}
            clampBehavior="none" error={under('voicemail_max_s')} onChange={(value) => change({ voicemail_max_s: Number(value) })}
          />
          <NumberInput
            label={t('admin.voicemail_due_h')} description={t('admin.voicemail_due_h_hint')} value={form.voicemail_due_h ?? 24} min={1} max={744} suffix=" h" allowDecimal={false}
            clampBehavior="none" error={under('voicemail_due_h')} onChange={(value) => change({ voicemail_due_h: Number(value) })}
          />
        </Fields>
      </Section>
      <Section title={t('admin.sounds')} hint={names.length > 0 ? t('admin.sounds_hint') : t('admin.sounds_none')}>
        <Fields>
          {pick('music', t('admin.sound_music'))}
          {pick('greeting', t('admin.sound_greeting'))}
          {pick('closed', t('admin.sound_closed'))}
          {pick('full', t('admin.sound_full'))}
          {pick('voicemail', t('admin.sound_voicemail'))}
        </Fields>
      </Section>
      <Section title={t('admin.calling_out')}>
        <Select
          label={t('admin.outbound_number')} description={own.length > 0 ? t('admin.outbound_number_hint') : t('admin.outbound_number_none')} clearable maw={280}
          placeholder={t('admin.outbound_first')} data={own.map(({ number, label }) => ({ value: number, label: label ? `${number} · ${label}` : number }))}
          value={form.outbound_number ?? null} error={under('outbound_number')} onChange={(number) => change({ outbound_number: number })}
        />
      </Section>
      <Group justify="flex-end">
        <Button type="submit" disabled={!may} title={may ? undefined : t('admin.owners_only')} loading={save.isPending}>{t('admin.save')}</Button>
      </Group>
    </form>
  );
}

/** The emergency broadcast, on or off at once: a lead need not ask anybody. */
function BroadcastSwitch({ client, reload }: { client: string; reload: () => void }) {
  const t = useT();
  const { role } = useMe();
  const may = role === 'administrator' || role === 'account_manager' || role === 'team_lead' || role === 'shift_lead';
  const key = ['clients', client, 'broadcast'];
  const now = useQuery({ queryKey: key, queryFn: () => get<BroadcastView>(path`/clients/${client}/broadcast`) });
  const turn = useMutation({
    mutationFn: (on: boolean) => put<BroadcastView>(path`/clients/${client}/broadcast`, { on }),
    onSuccess: (after) => {
      queries.setQueryData(key, after);
      showNote(t(after.on ? 'admin.broadcast_is_on' : 'admin.broadcast_is_off'));
      reload();
    },
  });
  const on = now.data?.on ?? false;
  return (
    <Group gap="sm">
      <Button
        type="button" variant={on ? 'filled' : 'default'} color={on ? 'danger' : 'gray'} disabled={!may || !now.data?.is_set} loading={turn.isPending} aria-pressed={on}
        onClick={() => turn.mutate(!on)}
      >
        {t(on ? 'admin.broadcast_turn_off' : 'admin.broadcast_turn_on')}
      </Button>
      <Text size="xs" c={on ? 'var(--danger)' : 'var(--text-2)'}>{t(on ? 'admin.broadcast_is_on' : now.data?.is_set ? 'admin.broadcast_is_off' : 'admin.broadcast_unset')}</Text>
    </Group>
  );
}
