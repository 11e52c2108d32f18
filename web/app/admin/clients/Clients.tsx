import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconBuilding, IconPlus, IconTemplate } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { post } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { ClientView, NewClient } from '../../api/types';
import { useT } from '../../i18n/t';
import { ClientTag } from '../../ui/ClientTag';
import { Empty } from '../../ui/Empty';
import { changed, clientPages, openProposals } from '../data';
import { ownZone, zoneOptions } from '../parts/names';
import { FormModal, More, Page, Search, Status, Table, Waiting } from '../parts/Page';

/** The client companies. */
export default function Clients() {
  const t = useT();
  const navigate = useNavigate();
  const { role } = useMe();
  const may = role === 'administrator' || role === 'account_manager';
  const { q = '' } = useSearch({ strict: false }) as { q?: string };
  const [sought] = useDebouncedValue(q, 250);
  const clients = useInfiniteQuery(clientPages(sought));
  const proposals = useQuery(openProposals);
  const [adding, setAdding] = useState(false);
  const rows = clients.data?.pages.flatMap((page) => page.items);
  const find = (next: string) => void navigate({ to: '/admin/clients' as '/', search: (next ? { q: next } : {}) as never, replace: true });
  const create = <Button leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>{t('admin.new_client')}</Button>;

  return (
    <Page title={t('admin.clients')} actions={<><Search value={q} onChange={find} />{may && <Button component={Link} to={'/admin/set-up' as '/'} variant="default" leftSection={<IconTemplate size={14} />}>{t('admin.set_from')}</Button>}{create}</>}>
      {!rows ? (
        <Waiting error={clients.error} retry={() => void clients.refetch()} />
      ) : rows.length === 0 ? (
        sought ? (
          <Empty title={t('admin.nothing_found', { query: sought })}>{t('admin.nothing_found_next')}</Empty>
        ) : (
          <Empty icon={<IconBuilding size={32} stroke={1.4} />} title={t('admin.clients_none')} action={create}>{t('admin.clients_none_next')}</Empty>
        )
      ) : (
        <Table label={t('admin.clients')} columns={[t('admin.name'), t('admin.model'), t('admin.zone'), t('admin.status')]}>
          {rows.map((client) => <Row key={client.id} client={client} proposals={proposals.data?.filter((one) => one.client === client.id).length ?? 0} />)}
        </Table>
      )}
      <More query={clients} />
      <NewClientForm opened={adding} onClose={() => setAdding(false)} />
    </Page>
  );
}

function Row({ client, proposals }: { client: ClientView; proposals: number }) {
  const t = useT();
  return (
    <tr>
      <td>
        <span style={{ display: 'inline-flex', gap: 10, alignItems: 'center' }}>
          <ClientTag initials={client.initials} hue={client.hue} size={24} />
          <Link to={'/admin/clients/$client' as '/'} params={{ client: client.id } as never}>{client.name}</Link>
          {proposals > 0 && <Link to={'/admin/clients/$client/proposals' as '/'} params={{ client: client.id } as never}>{t('admin.proposals_open', { count: proposals })}</Link>}
        </span>
      </td>
      <td>
        {client.model ? t(`admin.model_${client.model}`) : t('admin.model_none')}
        {client.contract_version ? `, ${t('admin.version_n', { version: String(client.contract_version) })}` : ''}
      </td>
      <td>{client.zone}</td>
      <td><Status status={client.status} /></td>
    </tr>
  );
}

function NewClientForm({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const [form, setForm] = useState<NewClient>({ name: '', zone: ownZone() });
  const create = useMutation({
    mutationFn: () => post<ClientView>('/clients', form),
    meta: { quiet: true },
    onSuccess: async (client) => {
      changed('clients');
      await navigate({ to: '/admin/clients/$client' as '/', params: { client: client.id } as never });
    },
  });
  const error = create.error instanceof ApiError ? create.error : undefined;
  return (
    <FormModal
      title={t('admin.new_client')} opened={opened} onClose={onClose} onSubmit={() => create.mutate()} submit={t('admin.create')}
      busy={create.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput
        label={t('admin.name')} value={form.name} data-autofocus maxLength={80} error={error?.fault('name')}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
      />
      <Select
        label={t('admin.zone')} data={zoneOptions(form.zone)} value={form.zone} searchable allowDeselect={false} limit={100}
        error={error?.fault('zone')} onChange={(zone) => { if (zone) setForm({ ...form, zone }); }}
      />
    </FormModal>
  );
}
