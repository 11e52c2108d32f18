import { ActionIcon, Anchor, Button, Group, MultiSelect, NumberInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconArrowLeft, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, put } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { AgentView, ChangeAgent, ChannelKind } from '../../api/types';
import { useT } from '../../i18n/t';
import { agent as agentOf, allClients, allPools, allSites, allSkills, allTeams, changed, optionsOf, tellChanged } from '../data';
import { faultsUnder } from '../parts/faults';
import { languageOptions } from '../parts/names';
import { Fields, Page, Refusal, Section, Status, Waiting } from '../parts/Page';

const CHANNELS: readonly ChannelKind[] = ['voice', 'chat', 'mail', 'message', 'callback'];

/** One agent: who they are, what they can and may do. */
export default function Agent() {
  const { agent: id } = useParams({ strict: false }) as { agent: string };
  const agent = useQuery(agentOf(id));
  if (!agent.data) return <Waiting error={agent.error} retry={() => void agent.refetch()} />;
  return <Form key={`${id}${agent.data.version}`} agent={agent.data} />;
}

function Form({ agent }: { agent: AgentView }) {
  const t = useT();
  const [form, setForm] = useState<ChangeAgent>(() => {
    const { id: _id, user: _user, ...rest } = agent;
    return rest;
  });
  const pools = useQuery(allPools);
  const teams = useQuery(allTeams);
  const skills = useQuery(allSkills);
  const sites = useQuery(allSites);
  const clients = useQuery(allClients);
  const set = (part: Partial<ChangeAgent>) => setForm({ ...form, ...part });
  const save = useMutation({
    mutationFn: () => put<AgentView>(path`/agents/${agent.id}`, form),
    meta: { quiet: true },
    onSuccess: () => {
      tellChanged(t('admin.saved'), 'agent', agent.id, 'agents', 'pools', 'teams', 'skills', 'sites');
    },
  });
  const faults = save.error instanceof ApiError ? save.error.faults : [];
  const under = (field: string) => faultsUnder(faults, field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const owned = form.skills ?? [];
  const aliases = form.aliases ?? [];

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Page
        before={<Button component={Link} to={'/admin/agents' as '/'} variant="subtle" color="gray" px={6} aria-label={t('admin.agents')}><IconArrowLeft size={16} /></Button>}
        title={<>{agent.name} {agent.disabled && <Status status="off" />}</>}
        actions={<Button type="submit" loading={save.isPending}>{t('admin.save')}</Button>}
      >
        {faults.length === 0 && <Refusal error={save.error} reload={() => changed('agents')} />}
        <Section title={t('admin.profile')}>
          <Fields>
            <TextInput label={t('admin.agent_name')} value={form.name} error={under('name')} onChange={(event) => set({ name: event.currentTarget.value })} />
            <TextInput label={t('admin.alias')} description={t('admin.alias_hint')} value={form.alias} error={under('alias')} onChange={(event) => set({ alias: event.currentTarget.value })} />
            <MultiSelect label={t('admin.languages')} data={languageOptions(form.languages)} searchable value={form.languages} error={under('languages')} onChange={(languages) => set({ languages })} />
            <Select label={t('admin.site')} data={optionsOf(sites.data)} clearable value={form.site ?? null} error={under('site')} onChange={(site) => set({ site })} />
          </Fields>
          <Stack gap={6} role="group" aria-label={t('admin.aliases')}>
            <Text size="xs" fw={500}>{t('admin.aliases')}</Text>
            {aliases.map((alias, at) => (
              // oxlint-disable-next-line react/no-array-index-key
              <Group key={at} gap={8}>
                <Select
                  aria-label={t('admin.client')} w={220} data={optionsOf(clients.data)} value={alias.client || null} searchable allowDeselect={false} error={under(`aliases[${at}].client`)}
                  onChange={(client) => { if (client) set({ aliases: aliases.map((one, i) => (i === at ? { ...one, client } : one)) }); }}
                />
                <TextInput
                  aria-label={t('admin.alias')} w={220} value={alias.alias} error={under(`aliases[${at}].alias`)}
                  onChange={(event) => { const text = event.currentTarget.value; set({ aliases: aliases.map((one, i) => (i === at ? { ...one, alias: text } : one)) }); }}
                />
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.remove_line', { at: String(at + 1) })} onClick={() => set({ aliases: aliases.filter((_, i) => i !== at) })}><IconTrash size={16} /></ActionIcon>
              </Group>
            ))}
            <Group><Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => set({ aliases: [...aliases, { client: '', alias: '' }] })}>{t('admin.add_alias')}</Button></Group>
          </Stack>
          <Text size="sm">
            {agent.user ? `${t('admin.user_of')}: ` : `${t('admin.user_none')}. `}
            <Anchor underline="always" component={Link} to={'/admin/users' as '/'} search={(agent.user ? { q: agent.name } : { agent: agent.id }) as never}>{agent.user ? agent.name : t('admin.user_create')}</Anchor>
          </Text>
        </Section>
        <Section title={t('admin.work')} hint={t('admin.sign_off_hint')}>
          <Fields>
            <MultiSelect label={t('admin.signed_off_for')} data={optionsOf(clients.data)} searchable value={form.sign_offs ?? []} error={under('sign_offs')} onChange={(sign_offs) => set({ sign_offs })} />
            <MultiSelect label={t('admin.pools')} data={optionsOf(pools.data)} value={form.pools ?? []} error={under('pools')} onChange={(chosen) => set({ pools: chosen })} />
            <Select label={t('admin.team')} description={t('admin.team_hint')} data={optionsOf(teams.data)} clearable value={form.team ?? null} error={under('team')} onChange={(team) => set({ team })} />
          </Fields>
        </Section>
        <Section title={t('admin.capacity')} hint={t('admin.capacity_hint')}>
          {under('channels') && <Text size="xs" c="var(--danger)" role="alert">{under('channels')}</Text>}
          <Group gap="xl">
            {CHANNELS.map((channel) => {
              const own = form.channels.find((one) => one.channel === channel);
              const others = form.channels.filter((one) => one.channel !== channel);
              return (
                <Group key={channel} gap={8} wrap="nowrap">
                  <Switch
                    label={t(`admin.channel_${channel}`)} checked={own !== undefined}
                    onChange={(event) => set({ channels: event.currentTarget.checked ? [...others, { channel, max: channel === 'chat' ? 3 : 1 }] : others })}
                  />
                  {own && (
                    <NumberInput
                      aria-label={`${t(`admin.channel_${channel}`)}, ${t('admin.at_once')}`} w={64} min={1} max={10} value={own.max}
                      onChange={(max) => set({ channels: [...others, { channel, max: Number(max) || 1 }] })}
                    />
                  )}
                </Group>
              );
            })}
          </Group>
        </Section>
        <Section title={t('admin.skills')}>
          {owned.map((one, at) => (
            // oxlint-disable-next-line react/no-array-index-key
            <Group key={at} gap={8} align="flex-end">
              <Select
                label={t('admin.skill')} w={260} data={optionsOf(skills.data)} value={one.skill || null} searchable allowDeselect={false} error={under(`skills[${at}].skill`)}
                onChange={(skill) => { if (skill) set({ skills: owned.map((own, i) => (i === at ? { ...own, skill } : own)) }); }}
              />
              <NumberInput
                label={t('admin.level')} w={80} min={1} max={10} value={one.level} error={under(`skills[${at}].level`)}
                onChange={(level) => set({ skills: owned.map((own, i) => (i === at ? { ...own, level: Number(level) || 1 } : own)) })}
              />
              <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('admin.remove_line', { at: String(at + 1) })} onClick={() => set({ skills: owned.filter((_, i) => i !== at) })}><IconTrash size={16} /></ActionIcon>
            </Group>
          ))}
          <Group><Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => set({ skills: [...owned, { skill: '', level: 5 }] })}>{t('admin.add_skill')}</Button></Group>
        </Section>
        <Switch label={t('admin.disabled_agent')} checked={form.disabled} error={under('disabled')} onChange={(event) => set({ disabled: event.currentTarget.checked })} />
      </Page>
    </form>
  );
}
