import { Button, Group, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';

import { get, path } from '../../api/client';
import type { ContractChange, ContractDiff, ContractLine, Id } from '../../api/types';
import { formatDateTime, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { client as clientOf, contracts as contractsOf } from '../data';
import { Section, Table, Waiting } from '../parts/Page';
import { useFieldWords, ValueView } from './Words';

/** Versions that are compared, by number, or `draft`. */
export type Pair = { from?: string; to?: string };

/** The published versions of the contract of the address, and any two of them side by side. */
export default function History() {
  const navigate = useNavigate();
  const { client: id } = useParams({ strict: false }) as { client: string };
  const pair = useSearch({ strict: false }) as Pair;
  const client = useQuery(clientOf(id));
  const compare = (part: Pair) => void navigate({ to: '/admin/clients/$client/history' as '/', params: { client: id } as never, search: { ...pair, ...part } as never, replace: true });
  return <Versions client={id} zone={client.data?.zone} pair={pair} compare={compare} draft />;
}

/**
 * The published versions of a contract, for both sides; the draft is the provider's own. Who of the provider wrote a version is not told
 * to the client's people: its author is empty then. `again` takes the terms of a version up once more.
 */
export function Versions({ client, zone, pair, compare, draft = false, again }: {
  client: Id;
  zone: string | undefined;
  pair: Pair;
  compare: (part: Pair) => void;
  draft?: boolean;
  again?: ((version: number) => void) | undefined;
}) {
  const t = useT();
  const versions = useQuery(contractsOf(client));
  if (!versions.data) return <Waiting error={versions.error} retry={() => void versions.refetch()} />;
  if (versions.data.length === 0) return <Empty title={t('admin.history_none')}>{t('admin.history_none_next')}</Empty>;
  const lines = [...versions.data].sort((a, b) => b.version - a.version);
  const force = lines.find((line) => line.in_force);
  const waits = (line: ContractLine) => !line.in_force && force !== undefined && line.version > force.version;
  const newest = lines[0]?.version;
  const to = pair.to ?? (draft ? 'draft' : String(newest ?? ''));
  const from = pair.from ?? String((draft ? force?.version : lines[1]?.version) ?? newest ?? '');
  const choices = lines.map(({ version }) => ({ value: String(version), label: t('admin.version_n', { version: String(version) }) }));
  return (
    <>
      <Table label={t('admin.history')} columns={[t('admin.version'), t('admin.valid_from'), t('admin.model'), t('admin.author'), t('admin.note'), t('admin.compare')]}>
        {lines.map((line) => (
          <tr key={line.version}>
            <td className="num">
              {line.version}
              {line.in_force && <Text span c="var(--good)"> · {t('admin.in_force')}</Text>}
              {waits(line) && <Text span c="var(--warn)"> · {t('admin.waits')}</Text>}
            </td>
            <td className="num">{formatDateTime(line.valid_from, zone)}</td>
            <td>{t(`admin.model_${line.model}`)}</td>
            <td>{line.author || t('admin.the_provider')}, {formatDateTime(line.published, zone)}</td>
            <td dir="auto">{line.note}</td>
            <td>
              <Group gap="xs">
                {line.version > 1 && (
                  <Button variant="subtle" aria-label={t('admin.compare_of', { version: String(line.version) })} onClick={() => compare({ from: String(line.version - 1), to: String(line.version) })}>
                    {t('admin.compare')}
                  </Button>
                )}
                {again && line.version !== newest && (
                  <Button variant="subtle" aria-label={t('admin.again_of', { version: String(line.version) })} onClick={() => again(line.version)}>{t('admin.again')}</Button>
                )}
              </Group>
            </td>
          </tr>
        ))}
      </Table>
      {(draft || lines.length > 1) && (
        <Section title={t('admin.compare')}>
          <Group gap="sm">
            <Select label={t('admin.compare_from')} w={160} allowDeselect={false} value={from} data={choices} onChange={(next) => { if (next) compare({ from: next, to }); }} />
            <Select
              label={t('admin.compare_to')} w={160} allowDeselect={false} value={to} data={draft ? [{ value: 'draft', label: t('admin.draft_word') }, ...choices] : choices}
              onChange={(next) => { if (next) compare({ from, to: next }); }}
            />
          </Group>
          <Diff client={client} from={from} to={to} />
        </Section>
      )}
    </>
  );
}

function Diff({ client, from, to }: { client: string; from: string; to: string }) {
  const t = useT();
  const diff = useQuery({
    queryKey: ['clients', client, 'diff', from, to],
    queryFn: () => get<ContractDiff>(path`/clients/${client}/contracts/diff`, { from, to }),
    staleTime: 0,
  });
  if (!diff.data) return <Waiting error={diff.error} retry={() => void diff.refetch()} />;
  if (diff.data.changes.length === 0) return <Text role="status">{t('admin.same')}</Text>;
  return <Changes label={t('admin.compare')} changes={diff.data.changes} />;
}

/** What differs, field by field. */
export function Changes({ label, changes }: { label: string; changes: readonly ContractChange[] }) {
  const t = useT();
  const words = useFieldWords();
  return (
    <Table prose label={label} columns={[t('admin.field'), t('admin.before'), t('admin.after')]}>
      {changes.map((change) => (
        <tr key={change.field}>
          <td style={{ verticalAlign: 'top' }}>{words(change.field)}</td>
          <td style={{ verticalAlign: 'top', background: 'var(--fault-bg)' }}><ValueView value={change.before} /></td>
          <td style={{ verticalAlign: 'top', background: 'var(--available-bg)', textAlign: 'start' }}><ValueView value={change.after} /></td>
        </tr>
      ))}
    </Table>
  );
}
