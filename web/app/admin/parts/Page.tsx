// The furniture of administration's screens: page, table, status, search, saving.
import { Alert, Button, Group, Loader, Modal, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { ApiError } from '../../api/errors';
import type { ClientStatus } from '../../api/types';
import { useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import css from './Page.module.css';

/** A screen with its title and what can be done on it. */
export function Page({ title, before, why, actions, children }: {
  title: ReactNode; before?: ReactNode; why?: string; actions?: ReactNode; children: ReactNode;
}) {
  return (
    <div className={css.page}>
      <div className={css.head}>
        {before}
        <Title order={1} className={css.title ?? ''}>{title}</Title>
        {actions && <div className={css.actions}>{actions}</div>}
      </div>
      {why && <p className={css.why}>{why}</p>}
      {children}
    </div>
  );
}

/** A framed part of a screen with its own heading. */
export function Section({ title, hint, children, id }: { title: string; hint?: string; children: ReactNode; id?: string }) {
  return (
    <section className={css.section} aria-label={title} {...(id ? { id } : {})}>
      <div>
        <Title order={2}>{title}</Title>
        {hint && <Text size="xs" c="var(--text-2)" mt={2}>{hint}</Text>}
      </div>
      {children}
    </section>
  );
}

/** Fields beside each other as far as there is room. */
export const Fields = ({ children }: { children: ReactNode }) => <div className={css.grid}>{children}</div>;

/** A table with its columns; those from `numbersFrom` on hold numbers. The last one stands at the end, unless it is `prose` to read. */
export function Table({ label, columns, numbersFrom = Infinity, prose = false, children }: { label: string; columns: readonly string[]; numbersFrom?: number; prose?: boolean; children: ReactNode }) {
  return (
    // A wide table scrolls by itself, so it must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={css.frame} role="group" aria-label={label} tabIndex={0}>
      <table className={css.table} aria-label={label} data-prose={prose || undefined}>
        <thead><tr>{columns.map((column, at) => (column === '' ? <td key="" /> : <th key={column} scope="col" {...(at >= numbersFrom ? { style: { textAlign: 'end' } } : {})}>{column}</th>))}</tr></thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Where a client stands, as a pill with glyph and word. */
export function Status({ status }: { status: ClientStatus | 'off' }) {
  const t = useT();
  const glyph = { live: '●', draft: '✎', suspended: '❚❚', off: '○' }[status];
  return (
    <span className={`${css.status} ${css[status]}`}>
      <span aria-hidden style={{ fontSize: 9 }}>{glyph}</span>
      {status === 'off' ? t('admin.disabled') : t(`admin.status_${status}`)}
    </span>
  );
}

/** Finds in a list; what is sought is kept in the address by the screen. */
export function Search({ value, onChange, label }: { value: string; onChange: (value: string) => void; label?: string }) {
  const t = useT();
  return (
    <TextInput
      type="search" aria-label={label ?? t('admin.search')} placeholder={label ?? t('admin.search')} w={260} value={value} leftSection={<IconSearch size={14} />}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** What stands on a screen until its data is there, or instead of it. */
export function Waiting({ error, retry }: { error: unknown; retry: () => void }) {
  const t = useT();
  if (!error) return <Group p="xl" justify="center"><Loader size="sm" aria-label={t('shell.loading')} /></Group>;
  return (
    <Empty title={error instanceof ApiError ? error.message : t('shell.odd_error')} action={<Button onClick={retry}>{t('shell.again')}</Button>}>
      {error instanceof ApiError ? error.next : t('shell.odd_error_next')}
    </Empty>
  );
}

/** The end of a long list: more of it, when there is more. */
export function More({ query }: { query: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'> }) {
  const t = useT();
  if (!query.hasNextPage) return null;
  return (
    <Group justify="center">
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('admin.more')}</Button>
    </Group>
  );
}

/** What the server refused as a whole; faults of single fields stand beside these. */
export function Refusal({ error, reload }: { error: unknown; reload?: () => void }) {
  const t = useT();
  if (!(error instanceof ApiError)) return null;
  return (
    <Alert color="danger" variant="light" role="alert" title={error.message}>
      <Stack gap={6} align="flex-start">
        {error.next}
        {error.code === 'conflict' && reload && <Button variant="default" onClick={reload}>{t('admin.load_again')}</Button>}
      </Stack>
    </Alert>
  );
}

/** A form in a window of its own. */
export function FormModal({ title, opened, onClose, onSubmit, submit, busy, error, children }: {
  title: string; opened: boolean; onClose: () => void; onSubmit: () => void; submit: string; busy: boolean; error?: unknown; children: ReactNode;
}) {
  const t = useT();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <Stack gap="sm">
          <Refusal error={error} />
          {children}
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>{t('admin.cancel')}</Button>
            <Button type="submit" loading={busy}>{submit}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** A question before something that cannot be undone. */
export function Confirm({ title, why, act, opened, onClose, onAct, busy }: {
  title: string; why: string; act: string; opened: boolean; onClose: () => void; onAct: () => void; busy: boolean;
}) {
  const t = useT();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <Stack gap="md">
        <Text>{why}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>{t('admin.cancel')}</Button>
          <Button color="danger" loading={busy} onClick={onAct}>{act}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** The faults of a refused request. */
export const faultsOf = (error: unknown) => (error instanceof ApiError ? error.faults : []);
