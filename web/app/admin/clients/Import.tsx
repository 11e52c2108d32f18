// Clients, their people, phone books and on-call lists from a table: tried first, then kept whole or not at all.
import { Alert, Button, FileInput, Group, SegmentedControl, Switch, Text } from '@mantine/core';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { request } from '../../api/client';
import { useMe } from '../../api/session';
import type { ImportInvitation, ImportView } from '../../api/types';
import { sayFault } from '../../i18n/said';
import { formatNumber, useT } from '../../i18n/t';
import { download } from '../../ui/download';
import { showNote } from '../../ui/toast';
import { changed } from '../data';
import { Page, Refusal, Section, Table } from '../parts/Page';

/** The columns of each kind, with an example; those with an asterisk are needed. */
const KINDS = {
  clients: { columns: ['name*', 'zone*', 'initials'], example: ['Hôtel Saint-Roch', 'Europe/Paris', 'HS'] },
  users: {
    columns: ['client*', 'name*', 'email*', 'role*', 'login', 'language'], example: ['Hôtel Saint-Roch', 'Maud Petit', 'maud@example.org', 'manager', 'maud', 'fr'],
  },
  'phone-books': { columns: ['client*', 'name*', 'number*', 'note'], example: ['Hôtel Saint-Roch', 'Léa Martin', '+33142345678', 'bookings'] },
  'on-call': {
    columns: ['client*', 'name*', 'phone', 'email', 'note', 'from', 'until', 'reason'],
    example: ['Hôtel Saint-Roch', 'Léa Martin', '+33142345678', 'lea@example.org', '', '2026-12-24 18:00', '2026-12-27 08:00', 'Christmas'],
  },
} as const;
type Kind = keyof typeof KINDS;
const ORDER = Object.keys(KINDS) as Kind[]; // the keys of the table above

/** The import; its kind is in the address. */
export default function Import() {
  const t = useT();
  const navigate = useNavigate();
  const { kind: asked } = useSearch({ strict: false }) as { kind?: string };
  const me = useMe();
  // Only administrators let somebody in.
  const kinds = ORDER.filter((one) => one !== 'users' || me.role === 'administrator');
  const kind = kinds.find((one) => one === asked) ?? 'clients';
  return (
    <Page title={t('admin.imp_title')} why={t('admin.imp_why')}>
      <SegmentedControl
        aria-label={t('admin.imp_what')} value={kind} style={{ alignSelf: 'flex-start' }} data={kinds.map((value) => ({ value, label: t(`admin.imp_${value}`) }))}
        onChange={(next) => void navigate({ to: '/admin/import' as '/', search: { kind: next } as never, replace: true })}
      />
      <OfKind key={kind} kind={kind} />
    </Page>
  );
}

function OfKind({ kind }: { kind: Kind }) {
  const t = useT();
  const [file, setFile] = useState<File | null>(null);
  const [shown, setShown] = useState<ImportView>();
  const mailOn = useMe().mail_on;
  const [mail, setMail] = useState(mailOn);
  const send = useMutation({
    mutationFn: ({ of, keep }: { of: File; keep: boolean }) => request<ImportView>('POST', `/imports/${kind}`, new Blob([of], { type: 'text/csv' }), { query: kind === 'users' ? { keep, mail } : { keep } }),
    meta: { quiet: true },
    onSuccess: (view) => {
      setShown(view);
      if (!view.kept) return;
      showNote(t('admin.imp_kept', { count: view.adds.length }));
      setFile(null);
      changed('clients', 'on-call', 'users');
    },
    onError: () => setShown(undefined),
  });
  const { columns, example: row } = KINDS[kind];
  return (
    <>
      <Section title={t('admin.imp_file')} hint={t('admin.imp_file_hint')}>
        <Table prose label={t('admin.imp_columns')} columns={[t('admin.imp_column'), t('admin.imp_needed'), t('admin.imp_example')]}>
          {columns.map((column, at) => (
            <tr key={column}><td><code>{column.replace('*', '')}</code></td><td>{column.endsWith('*') ? t('admin.imp_yes') : ''}</td><td>{row[at]}</td></tr>
          ))}
        </Table>
        <Text size="sm" c="var(--text-2)">{t(`admin.imp_${kind}_why`)}</Text>
        <Group align="flex-end">
          <FileInput
            label={t('admin.imp_choose')} placeholder="*.csv" accept=".csv,text/csv" w={320} value={file} leftSection={<IconUpload size={14} />}
            onChange={(next) => {
              setFile(next);
              setShown(undefined);
              if (next) send.mutate({ of: next, keep: false });
            }}
          />
          <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => example(kind)}>{t('admin.imp_template')}</Button>
        </Group>
        {kind === 'users' && <Switch label={t('admin.imp_mail')} description={mailOn ? undefined : t('admin.imp_mail_off')} disabled={!mailOn} checked={mail} onChange={(event) => setMail(event.currentTarget.checked)} />}
        <Refusal error={send.error} />
      </Section>
      {shown && <Result it={shown} busy={send.isPending} {...(file ? { onKeep: () => send.mutate({ of: file, keep: true }), onAgain: () => send.mutate({ of: file, keep: false }) } : {})} />}
    </>
  );
}

function Result({ it, busy, onKeep, onAgain }: { it: ImportView; busy: boolean; onKeep?: () => void; onAgain?: () => void }) {
  const t = useT();
  const rows = t('admin.imp_rows', { count: it.rows });
  if (it.faults.length > 0) {
    return (
      <Section title={t('admin.imp_faults', { count: it.faults.length })} hint={`${rows} ${t('admin.imp_faults_hint')}`}>
        <Table prose label={t('admin.imp_faults_of')} columns={[t('admin.imp_row'), t('admin.imp_column'), t('admin.imp_value'), t('admin.imp_wrong'), t('admin.imp_accepted')]}>
          {it.faults.map((fault) => {
            const said = sayFault(fault);
            return (
              <tr key={`${fault.row} ${fault.column} ${fault.code}`}>
                <td className="num">{formatNumber(fault.row)}</td><td><code>{fault.column}</code></td><td>{fault.value}</td><td>{said.message}</td><td>{said.next}</td>
              </tr>
            );
          })}
        </Table>
        {onAgain && <div><Button variant="default" loading={busy} onClick={onAgain}>{t('admin.imp_again')}</Button></div>}
      </Section>
    );
  }
  if (it.adds.length === 0) return <Alert color="accent" variant="light">{t('admin.imp_nothing')}</Alert>;
  return (
    <Section title={t(it.kept ? 'admin.imp_done' : 'admin.imp_would')} hint={`${rows} ${it.unchanged > 0 ? t('admin.imp_unchanged', { count: it.unchanged }) : ''}`}>
      <Table prose label={t('admin.imp_adds')} columns={[t('admin.imp_row'), t('admin.client'), t('admin.imp_adds')]}>
        {it.adds.map((row) => <tr key={row.row}><td className="num">{formatNumber(row.row)}</td><td>{row.client}</td><td>{row.adds || t('admin.new_client')}</td></tr>)}
      </Table>
      {(it.invitations ?? []).length > 0 && <Links of={it.invitations ?? []} />}
      {!it.kept && onKeep && <div><Button loading={busy} onClick={onKeep}>{t('admin.imp_keep')}</Button></div>}
    </Section>
  );
}

/** How each of those who were let in comes to a password. */
function Links({ of }: { of: readonly ImportInvitation[] }) {
  const t = useT();
  const handed = of.filter(({ link }) => link);
  const rows = handed.map(({ client, name, login, email, link, expires }) => [client, name, login, email, link ?? '', expires]);
  return (
    <>
      <Table prose label={t('admin.imp_links')} columns={[t('admin.imp_row'), t('admin.user_name'), t('admin.imp_login'), t('admin.imp_link')]}>
        {of.map((one) => (
          <tr key={one.row}>
            <td className="num">{formatNumber(one.row)}</td><td>{one.name}</td><td>{one.login}</td>
            <td>{one.link ? <code style={{ wordBreak: 'break-all' }}>{one.link}</code> : `${t('admin.imp_mailed')}: ${one.email}`}</td>
          </tr>
        ))}
      </Table>
      {handed.length > 0 && (
        <>
          <Text size="sm" c="var(--text-2)">{t('admin.imp_links_hint')}</Text>
          <div>
            <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => give('links', [['client', 'name', 'login', 'email', 'link', 'good_until'], ...rows])}>
              {t('admin.imp_links_file')}
            </Button>
          </div>
        </>
      )}
    </>
  );
}

/** A table with the header and one row, to begin with. */
function example(kind: Kind): void {
  const { columns, example: row } = KINDS[kind];
  give(kind, [columns.map((column) => column.replace('*', '')), [...row]]);
}

/** A file with these rows, as spreadsheets read it. */
function give(name: string, rows: readonly (readonly string[])[]): void {
  // What a spreadsheet would take for a formula is text.
  const plain = (text: string) => (/^[=+\-@]/.test(text) ? `'${text}` : text);
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const text = `\uFEFF${rows.map((row) => `${row.map((one) => cell(plain(one))).join(',')}\r\n`).join('')}`;
  download(text, `${name}.csv`, 'text/csv');
}
