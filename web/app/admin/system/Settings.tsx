import { Button, Group, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { put } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { SettingsView } from '../../api/types';
import { useT } from '../../i18n/t';
import { changed, settings as settingsOf, tellChanged } from '../data';
import { zoneOptions } from '../parts/names';
import { Fields, Page, Refusal, Section, Waiting } from '../parts/Page';

/** The settings are one thing, and have no id. */
const NIL = '00000000-0000-0000-0000-000000000000';

/** What belongs to the provider as a whole. */
export default function Settings() {
  const t = useT();
  const settings = useQuery(settingsOf);
  return (
    <Page title={t('admin.settings')}>
      {settings.data ? <Form key={settings.data.version} settings={settings.data} /> : <Waiting error={settings.error} retry={() => void settings.refetch()} />}
    </Page>
  );
}

function Form({ settings }: { settings: SettingsView }) {
  const t = useT();
  const [name, setName] = useState(settings.provider_name);
  const [zone, setZone] = useState(settings.provider_zone);
  const save = useMutation({
    mutationFn: () => put<SettingsView>('/settings', { ...settings, provider_name: name, provider_zone: zone }),
    meta: { quiet: true },
    onSuccess: () => {
      tellChanged(t('admin.saved'), 'settings', NIL, 'settings', 'session');
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Section title={t('admin.provider')}>
        {error && error.faults.length === 0 && <Refusal error={error} reload={() => changed('settings')} />}
        <Fields>
          <TextInput
            label={t('admin.provider_name')} description={t('admin.provider_name_hint')} value={name} maxLength={80} error={error?.fault('provider_name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('admin.provider_zone')} description={t('admin.provider_zone_hint')} data={zoneOptions(zone)} value={zone} searchable allowDeselect={false}
            limit={100} error={error?.fault('provider_zone')} onChange={(chosen) => { if (chosen) setZone(chosen); }}
          />
        </Fields>
        <Group><Button type="submit" loading={save.isPending}>{t('admin.save')}</Button></Group>
      </Section>
    </form>
  );
}
