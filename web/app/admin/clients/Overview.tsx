import { Anchor, Button, Group, Select, Slider, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, put } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { ClientView } from '../../api/types';
import { useT } from '../../i18n/t';
import { ClientTag } from '../../ui/ClientTag';
import { changed, checklist as checklistOf, client as clientOf, tellChanged } from '../data';
import { zoneOptions } from '../parts/names';
import css from '../parts/Page.module.css';
import { Fields, Refusal, Section, Waiting } from '../parts/Page';
import { ChecklistPoints } from './ChecklistPoints';

/** What a client still needs, and its name, tag and zone. */
export default function Overview() {
  const t = useT();
  const { client: id } = useParams({ strict: false }) as { client: string };
  const client = useQuery(clientOf(id));
  const checklist = useQuery(checklistOf(id));
  if (!client.data || !checklist.data) {
    return <Waiting error={client.error ?? checklist.error} retry={() => void Promise.all([client.refetch(), checklist.refetch()])} />;
  }
  return (
    <>
      <Stack gap={8} component="section" aria-label={t('admin.checklist')}>
        <Group justify="space-between">
          <Text fw={600}>{t('admin.checklist')}{checklist.data.ready ? ` · ${t('admin.ready_text')}` : ''}</Text>
          {client.data.status === 'live' && <Anchor href={`/demo/${id}`} target="_blank" rel="noopener">{t('admin.test_page')}</Anchor>}
        </Group>
        <ChecklistPoints points={checklist.data.points} />
      </Stack>
      <Details key={client.data.version} client={client.data} />
    </>
  );
}

function Details({ client }: { client: ClientView }) {
  const t = useT();
  const [form, setForm] = useState({ name: client.name, initials: client.initials, hue: client.hue, zone: client.zone });
  const save = useMutation({
    mutationFn: () => put<ClientView>(path`/clients/${client.id}`, { ...form, version: client.version }),
    meta: { quiet: true },
    onSuccess: () => {
      tellChanged(t('admin.saved'), 'client', client.id, 'clients');
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
      <Section title={t('admin.details')}>
        {error && error.faults.length === 0 && <Refusal error={error} reload={() => changed('clients')} />}
        <Fields>
          <TextInput label={t('admin.name')} value={form.name} maxLength={80} error={error?.fault('name')} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
          <Select
            label={t('admin.zone')} data={zoneOptions(form.zone)} value={form.zone} searchable allowDeselect={false} limit={100} error={error?.fault('zone')}
            onChange={(zone) => { if (zone) setForm({ ...form, zone }); }}
          />
          <TextInput
            label={t('admin.initials')} description={t('admin.initials_hint')} value={form.initials} maxLength={2} error={error?.fault('initials')}
            rightSection={<ClientTag initials={form.initials} hue={form.hue} size={22} />}
            onChange={(event) => setForm({ ...form, initials: event.currentTarget.value.toUpperCase() })}
          />
          <Stack gap={8}>
            <Text size="xs" fw={500} id="hue">{t('admin.hue')}</Text>
            <Slider
              min={0} max={359} value={form.hue} label={null} thumbLabel={t('admin.hue')} mt={4}
              onChange={(hue) => setForm({ ...form, hue })}
            />
            <div className={css.hue} aria-hidden />
          </Stack>
        </Fields>
        <Group><Button type="submit" loading={save.isPending}>{t('admin.save')}</Button></Group>
      </Section>
    </form>
  );
}
