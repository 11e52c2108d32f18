import { Button, MultiSelect, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconHeadset, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { post } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { AgentProfile, AgentView } from '../../api/types';
import { currentLocale, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { agentPages, allClients, allPools, allTeams, changed, nameIn, optionsOf } from '../data';
import { languageName, languageOptions } from '../parts/names';
import { FormModal, More, Page, Search, Status, Table, Waiting } from '../parts/Page';

type Sought = { q?: string; pool?: string; team?: string };

/** The agents of the floor. */
export default function Agents() {
  const t = useT();
  const navigate = useNavigate();
  const sought = useSearch({ strict: false }) as Sought;
  const [q] = useDebouncedValue(sought.q ?? '', 250);
  const agents = useInfiniteQuery(agentPages(q, sought.pool, sought.team));
  const pools = useQuery(allPools);
  const teams = useQuery(allTeams);
  const clients = useQuery(allClients);
  const [adding, setAdding] = useState(false);
  const rows = agents.data?.pages.flatMap((page) => page.items);
  const seek = (part: Sought) => {
    const next = Object.fromEntries(Object.entries({ ...sought, ...part }).filter(([, value]) => value));
    void navigate({ to: '/admin/agents' as '/', search: next as never, replace: true });
  };
  const create = <Button leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>{t('admin.new_agent')}</Button>;
  const filtered = Boolean(q || sought.pool || sought.team);

  return (
    <Page
      title={t('admin.agents')}
      actions={
        <>
          <Select aria-label={t('admin.pool')} placeholder={t('admin.pool')} w={150} clearable data={optionsOf(pools.data)} value={sought.pool ?? null} onChange={(pool) => seek({ pool: pool ?? '' })} />
          <Select aria-label={t('admin.team')} placeholder={t('admin.team')} w={150} clearable data={optionsOf(teams.data)} value={sought.team ?? null} onChange={(team) => seek({ team: team ?? '' })} />
          <Search value={sought.q ?? ''} onChange={(next) => seek({ q: next })} />
          {create}
        </>
      }
    >
      {!rows ? (
        <Waiting error={agents.error} retry={() => void agents.refetch()} />
      ) : rows.length === 0 ? (
        filtered ? (
          <Empty title={t('admin.nothing_found', { query: q })}>{t('admin.nothing_found_next')}</Empty>
        ) : (
          <Empty icon={<IconHeadset size={32} stroke={1.4} />} title={t('admin.agents_none')} action={create}>{t('admin.agents_none_next')}</Empty>
        )
      ) : (
        <Table label={t('admin.agents')} columns={[t('admin.name'), t('admin.pools'), t('admin.team'), t('admin.languages'), t('admin.signed_off_for'), t('admin.user_of')]}>
          {rows.map((agent) => (
            <tr key={agent.id}>
              <td>
                <Link to={'/admin/agents/$agent' as '/'} params={{ agent: agent.id } as never}>{agent.name}</Link> {agent.disabled && <Status status="off" />}
              </td>
              <td>{(agent.pools ?? []).map((id) => nameIn(pools.data, id)).join(', ')}</td>
              <td>{nameIn(teams.data, agent.team)}</td>
              <td>{agent.languages.map(languageName).join(', ')}</td>
              <td>{(agent.sign_offs ?? []).map((id) => nameIn(clients.data, id)).join(', ') || t('admin.none')}</td>
              <td>{agent.user ? t('admin.yes') : t('admin.none')}</td>
            </tr>
          ))}
        </Table>
      )}
      <More query={agents} />
      <NewAgent opened={adding} onClose={() => setAdding(false)} />
    </Page>
  );
}

function NewAgent({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const pools = useQuery(allPools);
  const clients = useQuery(allClients);
  const [form, setForm] = useState<AgentProfile>({
    name: '', alias: '', aliases: [], pools: [], team: null, skills: [], languages: [currentLocale()], channels: [{ channel: 'chat', max: 3 }],
    sign_offs: [], site: null,
  });
  const create = useMutation({
    mutationFn: () => post<AgentView>('/agents', { ...form, alias: form.alias || (form.name.split(' ')[0] ?? form.name) }),
    meta: { quiet: true },
    onSuccess: async (agent) => {
      changed('agents', 'pools', 'teams');
      await navigate({ to: '/admin/agents/$agent' as '/', params: { agent: agent.id } as never });
    },
  });
  const error = create.error instanceof ApiError ? create.error : undefined;
  return (
    <FormModal
      title={t('admin.new_agent')} opened={opened} onClose={onClose} onSubmit={() => create.mutate()} submit={t('admin.create')} busy={create.isPending}
      error={error?.faults.length ? undefined : error}
    >
      <TextInput label={t('admin.agent_name')} value={form.name} data-autofocus error={error?.fault('name')} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      <TextInput
        label={t('admin.alias')} description={t('admin.alias_hint')} value={form.alias} placeholder={form.name.split(' ')[0] ?? ''} error={error?.fault('alias')}
        onChange={(event) => setForm({ ...form, alias: event.currentTarget.value })}
      />
      <MultiSelect label={t('admin.pools')} data={optionsOf(pools.data)} value={form.pools ?? []} error={error?.fault('pools')} onChange={(chosen) => setForm({ ...form, pools: chosen })} />
      <MultiSelect
        label={t('admin.languages')} data={languageOptions(form.languages)} searchable value={form.languages} error={error?.fault('languages')}
        onChange={(languages) => setForm({ ...form, languages })}
      />
      <MultiSelect
        label={t('admin.signed_off_for')} description={t('admin.sign_off_hint')} data={optionsOf(clients.data)} searchable value={form.sign_offs ?? []}
        error={error?.fault('sign_offs')} onChange={(sign_offs) => setForm({ ...form, sign_offs })}
      />
    </FormModal>
  );
}
