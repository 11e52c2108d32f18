import { Button, SegmentedControl, Select } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconChartBar, IconMailForward } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';

import { api } from '../api/client';
import { schedules, useMe } from '../api/session';
import type { Id, IntervalFigures, IntervalRow, ReportGroup } from '../api/types';
import { formatDay, formatMonth, formatNumber, formatPermille, formatSpan, useT, type Key } from '../i18n/t';
import { serverNow } from '../live/clock';
import type { ReportSearch } from '../router';
import { boundsOfDay, boundsOfMonth, boundsOfYear, today } from '../ui/day';
import { Empty } from '../ui/Empty';
import { DayPicker } from './DayPicker';
import { Export } from './Export';
import { LevelChart, Legend } from './LevelChart';
import css from './Reports.module.css';
import { useClients } from './useClients';

const GROUPS = ['client', 'queue', 'channel', 'agent'] as const satisfies readonly ReportGroup[];
const RANGES = ['day', 'month', 'year'] as const;

/** What a range is called, how its intervals are, and what they are called. Of a day, many clients are shown by the hour. */
const SHOWN = {
  day: { over: 'reports.over_day', whole: 'reports.whole_day', parts: 'reports.intervals', part: 'reports.time', length: 'quarter', name: (local: string) => local.slice(11, 16), bounds: boundsOfDay, file: 10 },
  month: { over: 'reports.over_month', whole: 'reports.whole_month', parts: 'reports.days', part: 'reports.day', length: 'day', name: (local: string) => formatDay(local.slice(0, 10)), bounds: boundsOfMonth, file: 7 },
  year: { over: 'reports.over_year', whole: 'reports.whole_year', parts: 'reports.months', part: 'reports.month', length: 'month', name: (local: string) => formatMonth(local.slice(0, 7)), bounds: boundsOfYear, file: 7 },
} as const;

/** Columns of the table: what each says and by which formula. */
const COLUMNS: readonly { name: Key; value: (figures: IntervalFigures) => string; by?: 'agent' | 'contact' }[] = [
  { name: 'reports.offered', value: ({ offered }) => formatNumber(offered), by: 'contact' },
  { name: 'reports.answered', value: ({ answered }) => formatNumber(answered) },
  { name: 'reports.in_time', value: ({ answered_in_time }) => formatNumber(answered_in_time), by: 'contact' },
  { name: 'reports.level', value: ({ service_level_permille }) => formatPermille(service_level_permille), by: 'contact' },
  { name: 'reports.abandoned', value: ({ abandoned }) => formatNumber(abandoned), by: 'contact' },
  { name: 'reports.at_once', value: ({ short_abandoned }) => formatNumber(short_abandoned), by: 'contact' },
  { name: 'reports.missed', value: ({ missed }) => formatNumber(missed), by: 'agent' },
  { name: 'reports.wait', value: ({ wait_mean_ms }) => span(wait_mean_ms) },
  { name: 'reports.wait_p90', value: ({ wait_p90_ms }) => span(wait_p90_ms), by: 'contact' },
  { name: 'reports.handle', value: ({ handle_mean_ms }) => span(handle_mean_ms) },
  { name: 'reports.talk', value: ({ talk_ms }) => formatSpan(talk_ms) },
  { name: 'reports.wrap_up', value: ({ wrap_up_ms }) => formatSpan(wrap_up_ms) },
  { name: 'reports.signed_in', value: ({ signed_in_ms }) => formatSpan(signed_in_ms), by: 'agent' },
  { name: 'reports.occupancy', value: ({ occupancy_permille }) => formatPermille(occupancy_permille), by: 'agent' },
];

const span = (ms: number | null | undefined): string => (ms === null || ms === undefined ? '–' : formatSpan(ms));

/** The figures of a day, a month or twelve months in intervals, by client, queue, channel or agent. The board shows the same numbers. */
export default function Reports() {
  const t = useT();
  const me = useMe();
  const search = useSearch({ from: '/frame/reports' });
  const navigate = useNavigate();
  const clients = useClients();
  const client = clients.find(({ id }) => id === (me.client?.id ?? search.client));
  const zone = client?.zone ?? me.zone;
  const latest = today(zone, serverNow());
  const day = search.day ?? latest;
  const by = search.by ?? 'client';
  const range = search.range ?? 'day';
  const shown = SHOWN[range];
  const hours = range === 'day' && !client;
  const change = (next: Partial<ReportSearch>): void => void navigate({ to: '/reports', search: { ...search, ...next }, replace: true });

  const asked = {
    ...(client ? { client: client.id } : {}), ...(search.queue ? { queue: search.queue } : {}), ...(search.agent ? { agent: search.agent } : {}),
    ...shown.bounds(day, zone), group: by, length: hours ? ('hour' as const) : shown.length,
  };
  // Clients come first: without them the zone is not known, and with it where the day begins.
  const known = search.client === undefined || client !== undefined;
  const { data, error, isFetching } = useQuery({
    queryKey: ['intervals', asked],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/reports/intervals', { params: { query: asked }, signal })).data,
    placeholderData: keepPreviousData,
    enabled: known,
    refetchInterval: day === latest ? 60_000 : false,
  });
  const fetchAs = async (accept: string) => (await api.GET('/api/v1/reports/intervals', { params: { query: asked }, headers: { accept }, parseAs: 'blob' })).data;

  const columns = COLUMNS.filter((column) => column.by === undefined || (by === 'agent') === (column.by === 'agent'));
  const one = by === 'channel' ? undefined : search[by];
  const choose = (id: Id): void => change({ [by]: id === one ? undefined : id });
  const named = (row: IntervalRow): string => (row.channel ? t(`desk.channel_${row.channel}`) : row.name);
  return (
    <div className={css.page}>
      <header className={css.bar}>
        <h1>{t('shell.face_reports')}</h1>
        {!me.client && (
          <Select
            w={210} searchable clearable aria-label={t('reports.client')} placeholder={t('reports.all_clients')} value={search.client ?? null}
            data={clients.map(({ id, name }) => ({ value: id, label: name }))} onChange={(value) => change({ client: value ?? undefined, queue: undefined })}
            nothingFoundMessage={t('shell.nothing_found')}
          />
        )}
        <SegmentedControl
          value={by} aria-label={t('reports.by')} onChange={(value) => change({ by: GROUPS.find((group) => group === value), queue: undefined, agent: undefined })}
          data={GROUPS.map((value) => ({ value, label: t(`reports.by_${value}`) }))}
        />
        <SegmentedControl
          value={range} aria-label={t('reports.range')} onChange={(value) => change({ range: value === 'month' || value === 'year' ? value : undefined })}
          data={RANGES.map((value) => ({ value, label: t(`reports.range_${value}`) }))}
        />
        <DayPicker day={day} latest={latest} onChange={(value) => change({ day: value === latest ? undefined : value })} />
        <span className={css.zone}>{t('reports.zone', { zone })}</span>
        {schedules(me) && <Button component={Link} to="/reports/scheduled" variant="default" leftSection={<IconMailForward size={14} />}>{t('reports.scheduled')}</Button>}
        <Export name={`permanence-${by}-${day.slice(0, shown.file)}`} disabled={!data?.rows.length} fetchAs={fetchAs} />
      </header>
      {error && !data && <Empty title={error.message} />}
      {data && data.rows.length === 0 && <Empty title={t('reports.nothing')} icon={<IconChartBar size={36} stroke={1.2} />}>{t('reports.nothing_next')}</Empty>}
      {data && data.rows.length > 0 && (
        <div className={css.body} aria-busy={isFetching}>
          <section className={css.box} aria-labelledby="over-day">
            <div className={css.boxHead}>
              <h2 id="over-day">{t(shown.over)}</h2>
              <Legend agent={by === 'agent'} />
            </div>
            <LevelChart sums={data.sums} length={data.length} agent={by === 'agent'} />
          </section>
          <section className={css.box} aria-labelledby="whole-day">
            <h2 id="whole-day">{t(shown.whole)}</h2>
            <div className={css.scroll} tabIndex={-1}>
              <Table columns={columns} first={t(`reports.by_${by}`)}>
                {data.totals.map((row) => (
                  <tr key={row.id ?? row.name} data-chosen={(row.id && row.id === one) || undefined}>
                    <th scope="row"><Name row={row} one={one} choose={choose}>{named(row)}</Name></th>
                    {columns.map(({ name, value }) => <td key={name} className="num">{value(row)}</td>)}
                  </tr>
                ))}
                {data.totals.length > 1 && (
                  <tr className={css.sum}>
                    <th scope="row">{t('reports.together')}</th>
                    {columns.map(({ name, value }) => <td key={name} className="num">{value(data.total)}</td>)}
                  </tr>
                )}
              </Table>
            </div>
          </section>
          <section className={css.box} aria-labelledby="intervals">
            <h2 id="intervals">{t(hours ? 'reports.hours' : shown.parts)}</h2>
            <div className={css.scroll} tabIndex={-1}>
              <Table columns={columns} first={t(shown.part)} second={t(`reports.by_${by}`)}>
                {data.rows.map((row) => (
                  <tr key={`${row.from} ${row.id ?? row.name}`}>
                    <th scope="row" className="num">{shown.name(row.local)}</th>
                    <td className={css.left}>{named(row)}</td>
                    {columns.map(({ name, value }) => <td key={name} className="num">{value(row)}</td>)}
                  </tr>
                ))}
              </Table>
            </div>
            {(data.rows_left_out ?? 0) > 0 && <p className={css.more}>{t('reports.left_out', { count: data.rows_left_out ?? 0 })}</p>}
          </section>
        </div>
      )}
    </div>
  );
}

/** A name that chooses its row, where there is something to choose by: a channel and an agent's alias have no id. */
function Name({ row, one, choose, children }: { row: IntervalRow; one: Id | undefined; choose: (id: Id) => void; children: string }) {
  const { id } = row;
  if (!id) return children;
  return <button type="button" className={css.name} aria-pressed={id === one} onClick={() => choose(id)}>{children}</button>;
}

function Table({ columns, first, second, children }: { columns: typeof COLUMNS; first: string; second?: string; children: React.ReactNode }) {
  const t = useT();
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          {second && <th scope="col" className={css.left}>{second}</th>}
          {columns.map(({ name }) => <th key={name} scope="col">{t(name)}</th>)}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
