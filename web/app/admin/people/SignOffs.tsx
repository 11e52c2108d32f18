import { Checkbox } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';

import { path, request } from '../../api/client';
import type { AgentView } from '../../api/types';
import { useT } from '../../i18n/t';
import { queries } from '../../queries';
import { ClientTag } from '../../ui/ClientTag';
import { Empty } from '../../ui/Empty';
import { allAgents, allClients, changed } from '../data';
import page from '../parts/Page.module.css';
import { Page, Search, Waiting } from '../parts/Page';
import css from './SignOffs.module.css';

type Tick = { agent: string; client: string; on: boolean };

/** Who may be offered whose contacts: agents down, clients across. */
export default function SignOffs() {
  const t = useT();
  const navigate = useNavigate();
  const { q = '', client: only } = useSearch({ strict: false }) as { q?: string; client?: string };
  const agents = useQuery(allAgents);
  const clients = useQuery(allClients);
  const tick = useMutation({
    mutationFn: ({ agent, client, on }: Tick) => request<AgentView>(on ? 'PUT' : 'DELETE', path`/agents/${agent}/sign-offs/${client}`),
    onSuccess: (agent) => queries.setQueryData(allAgents.queryKey, (all) => all?.map((one) => (one.id === agent.id ? agent : one))),
    onSettled: () => changed('agents', 'clients'),
  });
  if (!agents.data || !clients.data) {
    return <Waiting error={agents.error ?? clients.error} retry={() => void Promise.all([agents.refetch(), clients.refetch()])} />;
  }
  const words = q.toLowerCase();
  const rows = agents.data.filter((agent) => !agent.disabled && agent.name.toLowerCase().includes(words));
  const columns = clients.data.filter(({ id }) => !only || id === only);
  const isOn = (agent: AgentView, client: string) =>
    tick.isPending && tick.variables.agent === agent.id && tick.variables.client === client ? tick.variables.on : (agent.sign_offs ?? []).includes(client);

  return (
    <Page
      title={t('admin.sign_offs')} why={t('admin.sign_offs_why')}
      actions={
        <Search
          value={q} label={t('admin.find_agent')}
          onChange={(next) => void navigate({ to: '/admin/sign-offs' as '/', search: { ...(next ? { q: next } : {}), ...(only ? { client: only } : {}) } as never, replace: true })}
        />
      }
    >
      {agents.data.length === 0 || columns.length === 0 ? (
        <Empty icon={<IconShieldCheck size={32} stroke={1.4} />} title={t(agents.data.length === 0 ? 'admin.agents_none' : 'admin.clients_none')}>
          {t(agents.data.length === 0 ? 'admin.agents_none_next' : 'admin.clients_none_next')}
        </Empty>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={page.frame} role="region" aria-label={t('admin.sign_offs')} tabIndex={0}>
          <table className={`${page.table} ${css.matrix}`}>
            <thead>
              <tr>
                <th scope="col">{t('admin.agent')}</th>
                {columns.map((client) => (
                  <th key={client.id} scope="col"><span className={css.who}><ClientTag initials={client.initials} hue={client.hue} />{client.name}</span></th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((agent) => (
                <tr key={agent.id}>
                  <th scope="row">{agent.name}</th>
                  {columns.map((client) => (
                    <td key={client.id}>
                      <Checkbox
                        className={css.box ?? ''} aria-label={t('admin.sign_off_of', { agent: agent.name, client: client.name })} checked={isOn(agent, client.id)}
                        onChange={(event) => tick.mutate({ agent: agent.id, client: client.id, on: event.currentTarget.checked })}
                      />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}
