import { Button, Group, Text, TextInput } from '@mantine/core';
import { IconPlus, IconRoute } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { path, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { FlowRow, FlowView } from '../../api/types';
import { formatDateTime, useT } from '../../i18n/t';
import { queries } from '../../queries';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { changed, draft, flow as flowOf, flows as flowsOf } from '../data';
import { FormModal, Section, Table, Waiting } from '../parts/Page';
import { FlowEditor } from './FlowEditor';

/** The call flows of a client, or the one in the address. */
export default function Flows() {
  const { client } = useParams({ strict: false }) as { client: string };
  const { flow } = useSearch({ strict: false }) as { flow?: string };
  return flow ? <One key={flow} client={client} name={flow} /> : <All client={client} />;
}

function All({ client }: { client: string }) {
  const t = useT();
  const navigate = useNavigate();
  const { role } = useMe();
  const may = role === 'administrator' || role === 'account_manager';
  const flows = useQuery(flowsOf(client));
  const terms = useQuery(draft(client));
  const [creating, setCreating] = useState(false);
  const [name, setName] = useState('main');
  const open = (flow: string): void => void navigate({ to: '/admin/clients/$client/flows' as '/', params: { client } as never, search: { flow } as never });
  const queue = terms.data?.terms.queues.find(({ channels }) => channels.includes('voice'))?.name ?? 'Sales';
  const create = useMutation({
    mutationFn: () => put<FlowView>(path`/clients/${client}/flows/${name.trim()}`, { text: beginning(queue), version: 0 }),
    meta: { quiet: true },
    onSuccess: (made) => {
      changed('clients');
      open(made.name);
    },
  });
  if (!flows.data) return <Waiting error={flows.error} retry={() => void flows.refetch()} />;
  const error = create.error instanceof ApiError ? create.error : undefined;
  const button = <Button leftSection={<IconPlus size={14} />} disabled={!may} title={may ? undefined : t('admin.owners_only')} onClick={() => setCreating(true)}>{t('admin.new_flow')}</Button>;
  return (
    <>
      {flows.data.length === 0 ? (
        <Empty icon={<IconRoute size={32} stroke={1.4} />} title={t('admin.flows_none')} action={button}>{t('admin.flows_none_next')}</Empty>
      ) : (
        <Section title={t('admin.flows')} hint={t('admin.flows_hint')}>
          <div>{button}</div>
          <Table label={t('admin.flows')} columns={[t('admin.name'), t('admin.status'), t('admin.numbers'), t('admin.flow_changed')]}>
            {flows.data.map((row) => (
              <tr key={row.name}>
                <td><Link to={'/admin/clients/$client/flows' as '/'} params={{ client } as never} search={{ flow: row.name } as never}>{row.name}</Link></td>
                <td><State row={row} /></td>
                <td className="num">{row.numbers.join(', ') || <Text span c="dimmed" size="xs">{t('admin.flow_no_number')}</Text>}</td>
                <td className="num">{formatDateTime(row.changed)}</td>
              </tr>
            ))}
          </Table>
        </Section>
      )}
      {creating && (
        <FormModal
          title={t('admin.new_flow')} opened onClose={() => setCreating(false)} onSubmit={() => create.mutate()} submit={t('admin.create')} busy={create.isPending}
          error={error?.faults.length ? undefined : error}
        >
          <TextInput
            label={t('admin.name')} description={t('admin.flow_name_hint')} required data-autofocus maxLength={40} value={name} error={error?.fault('name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </FormModal>
      )}
    </>
  );
}

/** Which version calls follow, and whether there is more in the text. */
export function State({ row }: { row: FlowRow }) {
  const t = useT();
  if (row.published === null || row.published === undefined) return <>{t('admin.flow_draft')}</>;
  return (
    <>
      {t('admin.flow_published', { version: String(row.published) })}
      {row.has_draft && <Text span c="var(--warn)"> · {t('admin.flow_has_draft')}</Text>}
    </>
  );
}

function One({ client, name }: { client: string; name: string }) {
  const t = useT();
  const navigate = useNavigate();
  const flow = useQuery(flowOf(client, name));
  const back = (): void => void navigate({ to: '/admin/clients/$client/flows' as '/', params: { client } as never, search: {} as never });
  const remove = useMutation({
    mutationFn: () => request('DELETE', path`/clients/${client}/flows/${name}`),
    onSuccess: () => {
      showNote(t('admin.removed', { name }));
      changed('clients');
      back();
    },
  });
  if (!flow.data) return <Waiting error={flow.error} retry={() => void flow.refetch()} />;
  const kept = flow.data;
  return (
    <>
      <Group justify="space-between">
        <Button variant="subtle" color="gray" onClick={back}>{t('admin.flows')}</Button>
        {kept.versions.length === 0 && <Button variant="subtle" color="danger" loading={remove.isPending} onClick={() => remove.mutate()}>{t('admin.remove')}</Button>}
      </Group>
      <FlowEditor
        key={kept.version} client={client} kept={kept} reload={() => void flow.refetch()}
        onKept={(saved) => {
          queries.setQueryData(flowOf(client, name).queryKey, saved);
          void queries.invalidateQueries({ queryKey: flowsOf(client).queryKey, exact: true });
        }}
      />
    </>
  );
}

/** A flow to begin with: it queues the caller, and has no fault. */
const beginning = (queue: string): string => `# What callers go through before they wait.
start = "service"
person = "service"

[step.service]
kind = "queue"
queue = ${JSON.stringify(queue)}
`;
