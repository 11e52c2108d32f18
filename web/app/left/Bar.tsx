import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';

import { useMe } from '../api/session';
import { useT } from '../i18n/t';
import { serverNow } from '../live/clock';
import type { LeftSearch } from '../router';
import { DayRange } from '../reports/DayRange';
import { today } from '../ui/day';
import css from './Left.module.css';
import { useChoices, useOpenCount } from './useLeft';

/** What is worked through, and which of it; the address keeps it. */
export function Bar({ children }: { children?: ReactNode }) {
  const t = useT();
  const me = useMe();
  const search = useSearch({ from: '/frame/left-messages' });
  const navigate = useNavigate();
  const clients = useChoices();
  const { open, lost } = useOpenCount();
  const [typed, setTyped] = useState(search.find ?? '');
  const change = (next: Partial<LeftSearch>): void => void navigate({ to: '/left-messages', search: { ...search, ...next }, replace: true });
  return (
    <header className={css.bar}>
      <h1>{t('left.title')}</h1>
      <SegmentedControl
        aria-label={t('left.about')} value={search.lost ? 'lost' : 'messages'} onChange={(value) => change({ lost: value === 'lost' || undefined })}
        data={[{ value: 'messages', label: t('left.tab_messages', { n: open }) }, { value: 'lost', label: t('left.tab_lost', { n: lost }) }]}
      />
      <SegmentedControl
        aria-label={t('left.which')} value={search.all ? 'all' : 'open'} onChange={(value) => change({ all: value === 'all' || undefined })}
        data={[{ value: 'open', label: t('left.to_do') }, { value: 'all', label: t('left.all') }]}
      />
      <TextInput
        w={230} leftSection={<IconSearch size={13} />} aria-label={t('left.find')} placeholder={t('left.find')} value={typed} maxLength={200}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          change({ find: event.currentTarget.value || undefined });
        }}
      />
      {!me.client && (
        <Select
          w={190} searchable clearable aria-label={t('reports.client')} placeholder={t('reports.all_clients')} value={search.client ?? null}
          data={clients.map(({ id, name }) => ({ value: id, label: name }))} onChange={(value) => change({ client: value ?? undefined })}
        />
      )}
      <DayRange day={search.day} to={search.to} latest={today(me.zone, serverNow())} onChange={change} />
      {children}
    </header>
  );
}
