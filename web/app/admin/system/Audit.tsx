import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { infiniteQueryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Fragment, useState } from 'react';

import { get } from '../../api/client';
import type { AuditView, Page as PageOf } from '../../api/types';
import { formatDateTime, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { allClients, nameIn } from '../data';
import { More, Page, Search, Table, Waiting } from '../parts/Page';

type Sought = { q?: string; from?: string; until?: string; object?: string };

const entries = (sought: Sought) =>
  infiniteQueryOptions({
    queryKey: ['audit', sought],
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<AuditView>>(
        '/audit',
        {
          q: sought.q, object: sought.object,
          // Whole days in the reader's own zone.
          from: sought.from ? new Date(`${sought.from}T00:00`).toISOString() : undefined,
          until: sought.until ? new Date(new Date(`${sought.until}T00:00`).getTime() + 86_400_000).toISOString() : undefined,
          cursor: pageParam,
        },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });

/** Who changed or read what, and when. */
export default function Audit() {
  const t = useT();
  const navigate = useNavigate();
  const sought = useSearch({ strict: false }) as Sought;
  const [settled] = useDebouncedValue(sought, 250);
  const audit = useInfiniteQuery(entries(settled));
  const clients = useQuery(allClients);
  const [open, setOpen] = useState<string>();
  const rows = audit.data?.pages.flatMap((page) => page.items);
  const seek = (part: Sought) => {
    const next = Object.fromEntries(Object.entries({ ...sought, ...part }).filter(([, value]) => value));
    void navigate({ to: '/admin/audit' as '/', search: next as never, replace: true });
  };
  return (
    <Page
      title={t('admin.audit')}
      actions={
        <>
          <TextInput type="date" aria-label={t('admin.day_from')} value={sought.from ?? ''} onChange={(event) => seek({ from: event.currentTarget.value })} />
          <TextInput type="date" aria-label={t('admin.day_until')} value={sought.until ?? ''} onChange={(event) => seek({ until: event.currentTarget.value })} />
          <Search value={sought.q ?? ''} onChange={(q) => seek({ q })} />
        </>
      }
    >
      {!rows ? (
        <Waiting error={audit.error} retry={() => void audit.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={t('admin.audit_none')}>{t('admin.audit_none_next')}</Empty>
      ) : (
        <Table prose label={t('admin.audit')} columns={[t('admin.audit_when'), t('admin.audit_who'), t('admin.audit_what'), t('admin.audit_object'), t('admin.client'), t('admin.details')]}>
          {rows.map((entry) => (
            <Fragment key={entry.id}>
              <tr>
                <td className="num" style={{ whiteSpace: 'nowrap' }}>{formatDateTime(entry.at)}</td>
                <td>{entry.user_name || t('admin.audit_system')}</td>
                <td><code>{entry.action}</code></td>
                <td>{entry.object_kind}</td>
                <td>{nameIn(clients.data, entry.client)}</td>
                <td>
                  <Button
                    variant="subtle" px={6} aria-expanded={open === entry.id} aria-label={t('admin.audit_details', { action: entry.action })}
                    onClick={() => setOpen(open === entry.id ? undefined : entry.id)}
                  >
                    {open === entry.id ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
                  </Button>
                </td>
              </tr>
              {open === entry.id && (
                <tr>
                  <td colSpan={6} aria-label={t('admin.audit_details', { action: entry.action })} style={{ textAlign: 'start' }}>
                    <Stack gap={6} py={4}>
                      <Group align="flex-start" grow>
                        <Values label={t('admin.audit_before')} value={entry.before} />
                        <Values label={t('admin.audit_after')} value={entry.after} />
                      </Group>
                      <Text size="xs" c="dimmed">{entry.object} · {t('admin.audit_request')} {entry.request_id}</Text>
                    </Stack>
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </Table>
      )}
      <More query={audit} />
    </Page>
  );
}

function Values({ label, value }: { label: string; value: unknown }) {
  const t = useT();
  return (
    <div>
      <Text size="xs" c="dimmed">{label}</Text>
      {value === null || value === undefined ? <Text>{t('admin.none')}</Text> : <Code block>{JSON.stringify(value, null, 2)}</Code>}
    </div>
  );
}
