import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import { path, post } from '../../api/client';
import { useMe } from '../../api/session';
import type { ClientView } from '../../api/types';
import { useT } from '../../i18n/t';
import { ClientTag } from '../../ui/ClientTag';
import { showNote } from '../../ui/toast';
import { changed, checklist as checklistOf, client as clientOf } from '../data';
import css from '../parts/Page.module.css';
import { Confirm, Page, Status, Waiting } from '../parts/Page';

const TABS = ['overview', 'contract', 'history', 'proposals', 'on-call', 'presence', 'billing', 'calls', 'prompts', 'flows', 'phone_book', 'widgets', 'canned'] as const;

/** One client: where it stands, going live, and everything it is made of. */
export default function Client() {
  const t = useT();
  const me = useMe();
  const navigate = useNavigate();
  const { client: id } = useParams({ strict: false }) as { client: string };
  const client = useQuery(clientOf(id));
  const checklist = useQuery(checklistOf(id));
  const [suspending, setSuspending] = useState(false);
  const goLive = useMutation({
    mutationFn: (version: number) => post<ClientView>(path`/clients/${id}/go-live`, { version }),
    onSuccess: ({ name }) => showNote(t('admin.gone_live', { name })),
    onSettled: () => changed('clients'),
  });
  const suspend = useMutation({
    mutationFn: (version: number) => post<ClientView>(path`/clients/${id}/suspend`, { version }),
    onSuccess: ({ name }) => {
      setSuspending(false);
      showNote(t('admin.suspended', { name }));
    },
    onSettled: () => changed('clients'),
  });
  // On a telephone the tabs are one line to push along: where one is, is in sight.
  const tabs = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const known = client.data !== undefined;
  useEffect(() => {
    if (known) tabs.current?.querySelector('[aria-current="page"]')?.scrollIntoView?.({ inline: 'center', block: 'nearest' });
  }, [pathname, known]);
  if (!client.data) return <Waiting error={client.error} retry={() => void client.refetch()} />;
  const it = client.data;
  const missing = checklist.data?.points.filter(({ done }) => !done).length ?? 0;
  const blocked = !checklist.data?.ready;

  return (
    <Page
      before={
        <>
          <Button component={Link} to={'/admin/clients' as '/'} variant="subtle" color="gray" px={6} aria-label={t('admin.clients')}><IconArrowLeft size={16} /></Button>
          <ClientTag initials={it.initials} hue={it.hue} size={28} />
        </>
      }
      title={<>{it.name} <Status status={it.status} /></>}
      actions={
        it.status === 'live' ? (
          <Button variant="default" onClick={() => setSuspending(true)}>{t('admin.suspend')}</Button>
        ) : (
          <>
            {blocked && missing > 0 && <span id="why-not-live" style={{ color: 'var(--warn)' }}>{t('admin.go_live_blocked', { count: missing })}</span>}
            <Button
              loading={goLive.isPending} aria-disabled={blocked} data-disabled={blocked || undefined} aria-describedby={blocked ? 'why-not-live' : undefined}
              onClick={() => {
                if (blocked) void navigate({ to: '/admin/clients/$client' as '/', params: { client: id } as never });
                else goLive.mutate(it.version);
              }}
            >
              {t('admin.go_live')}
            </Button>
          </>
        )
      }
    >
      <nav ref={tabs} className={css.tabs} aria-label={it.name}>
        {TABS.filter((tab) => tab !== 'billing' || me.role === 'administrator' || me.role === 'account_manager').map((tab) => (
          <Link
            key={tab} to={(tab === 'overview' ? '/admin/clients/$client' : `/admin/clients/$client/${tab}`) as '/'} params={{ client: id } as never}
            className={css.tab ?? ''} activeOptions={{ exact: tab === 'overview' }} activeProps={{ className: css.activeTab ?? '' }}
          >
            {t(`admin.${tab}`)}
          </Link>
        ))}
      </nav>
      <Outlet />
      <Confirm
        title={t('admin.suspend_sure', { name: it.name })} why={t('admin.suspend_why')} act={t('admin.suspend')} opened={suspending}
        onClose={() => setSuspending(false)} onAct={() => suspend.mutate(it.version)} busy={suspend.isPending}
      />
    </Page>
  );
}
