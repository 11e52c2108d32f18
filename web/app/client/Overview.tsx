// The first page of a client's people: this day or this month, what it costs so far, and what came in last.
import { Alert, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconChevronRight, IconMailOpened, IconPhoneOff } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { Section, Waiting } from '../admin/parts/Page';
import { api, get, path } from '../api/client';
import { useMe } from '../api/session';
import type { AgreedContract, IntervalFigures, IntervalReport, PromiseTerms } from '../api/types';
import { formatDate, formatDateTime, formatNumber, formatPermille, formatSpan, formatTime, needFace, useT } from '../i18n/t';
import { useOpenCount } from '../left/useLeft';
import { serverNow } from '../live/clock';
import { ContactStateWord } from '../reports/ContactStateWord';
import { Legend, LevelChart } from '../reports/LevelChart';
import { useFormula } from '../supervisor/useFormula';
import { ChannelIcon } from '../ui/ChannelIcon';
import { boundsOfDay, boundsOfMonth, today } from '../ui/day';
import { Empty } from '../ui/Empty';
import { standing } from '../ui/LevelBar';
import css from './Overview.module.css';

await Promise.all([needFace('admin'), needFace('client')]);

// Only a manager sees what it costs.
const Bill = lazy(() => import('./Bill'));

const REFRESH_MS = 60_000;
const span = (ms: number | null | undefined): string => (typeof ms === 'number' ? formatSpan(ms) : '–');

export default function Overview() {
  const t = useT();
  const me = useMe();
  const search = useSearch({ from: '/frame/overview' });
  const navigate = useNavigate();
  const client = me.client?.id ?? '';
  const zone = me.zone;
  const day = today(zone, serverNow());
  const month = search.range === 'month';
  const asked = month
    ? { ...boundsOfMonth(day, zone), length: 'day' as const, group: 'channel' as const }
    : { ...boundsOfDay(day, zone), length: 'hour' as const, group: 'channel' as const };
  const { data, error, refetch, isPlaceholderData, dataUpdatedAt } = useQuery({
    queryKey: ['intervals', 'overview', asked],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/reports/intervals', { params: { query: asked }, signal })).data,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div>
          <h1>{me.client?.name}</h1>
          <p className={css.dim}>{data ? t('client.as_of', { time: formatTime(dataUpdatedAt, zone), zone }) : t('reports.zone', { zone })}</p>
        </div>
        <SegmentedControl
          aria-label={t('client.range')} value={month ? 'month' : 'today'}
          data={[{ value: 'today', label: t('client.today') }, { value: 'month', label: t('client.month') }]}
          onChange={(value) => void navigate({ to: '/overview', search: value === 'month' ? { range: 'month' } : {}, replace: true })}
        />
      </header>
      {data ? <Figures report={data} month={month} stale={isPlaceholderData} client={client} /> : <Waiting error={error} retry={() => void refetch()} />}
      {me.role === 'client_manager' && <Suspense><Bill client={client} /></Suspense>}
      <Latest zone={zone} />
    </div>
  );
}

/** What the contract promises, one entry for each different promise, with the periods that it holds in. */
export function promises(contract: AgreedContract | undefined): { promise: PromiseTerms; periods: string[] }[] {
  const all: { promise: PromiseTerms; periods: string[] }[] = [];
  for (const { name, promise } of contract?.terms.periods ?? []) {
    const same = all.find((one) => one.promise.threshold_s === promise.threshold_s && one.promise.target_percent === promise.target_percent && one.promise.formula === promise.formula);
    if (same) same.periods.push(name);
    else all.push({ promise, periods: [name] });
  }
  return all;
}

function Figures({ report, month, stale, client }: { report: IntervalReport; month: boolean; stale: boolean; client: string }) {
  const t = useT();
  const formula = useFormula();
  const { data: contract } = useQuery({
    queryKey: ['contract', client, 'names'], queryFn: () => get<AgreedContract>(path`/clients/${client}/contract`), meta: { quiet: true },
  });
  const promised = promises(contract);
  const [only] = promised.length === 1 ? promised : [];
  const said = (promise: PromiseTerms) => t('client.promise', { percent: promise.target_percent, seconds: promise.threshold_s });
  const { total } = report;
  const level = total.service_level_permille;
  return (
    <div className={css.figures} aria-busy={stale}>
      <dl className={css.tiles} aria-label={t(month ? 'client.month' : 'client.today')}>
        <Tile name={t('client.contacts')} value={formatNumber(total.offered)}>{t('client.answered', { count: total.answered })}</Tile>
        <Tile
          name={t('reports.level')} value={formatPermille(level)} {...(only && typeof level === 'number' ? { state: standing(level, only.promise.target_percent) } : {})}
          title={promised.map(({ promise }) => formula(promise.formula)).join('\n')}
        >
          {only ? t('client.promised', { what: said(only.promise) }) : promised.length > 1 ? t('client.promised_by_period') : ''}
        </Tile>
        <Tile name={t('reports.wait')} value={span(total.wait_mean_ms)}>{typeof total.wait_p90_ms === 'number' ? t('client.nine_of_ten', { span: span(total.wait_p90_ms) }) : ''}</Tile>
        <Tile name={t('reports.abandoned')} value={formatPermille(total.abandonment_permille)}>{t('client.abandoned', { count: total.abandoned, short: total.short_abandoned })}</Tile>
        <Tile name={t('reports.handle')} value={span(total.handle_mean_ms)}>{t('client.handle_hint')}</Tile>
      </dl>
      {promised.length > 1 && (
        <ul className={css.promises}>
          {promised.map(({ promise, periods }) => <li key={periods.join()}><strong>{periods.join(', ')}</strong> {said(promise)}</li>)}
        </ul>
      )}
      <div className={css.columns}>
        <section className={css.box} aria-labelledby="over">
          <div className={css.boxHead}>
            <h2 id="over">{t(month ? 'client.by_day' : 'client.by_hour')}</h2>
            <Legend />
          </div>
          {report.rows.length === 0 ? <Empty title={t(month ? 'client.nothing_month' : 'client.nothing_today')} /> : (
            <>
              <LevelChart sums={report.sums} length={report.length} height={200} />
              <Numbers report={report} month={month} />
            </>
          )}
        </section>
        <section className={css.box} aria-labelledby="channels">
          <h2 id="channels">{t('client.by_channel')}</h2>
          {report.totals.length === 0 ? <Empty title={t('client.no_channel')} /> : <Channels report={report} />}
        </section>
      </div>
    </div>
  );
}

function Tile({ name, value, state, title, children }: { name: string; value: string; state?: string; title?: string; children: string }) {
  return (
    <div className={css.tile} {...(state ? { 'data-state': state } : {})} {...(title ? { title } : {})}>
      <dt>{name}</dt>
      <dd className="num">{value}<small>{children}</small></dd>
    </div>
  );
}

const COLUMNS = (figures: IntervalFigures): string[] => [
  formatNumber(figures.offered), formatNumber(figures.answered), formatPermille(figures.service_level_permille), span(figures.wait_mean_ms), formatNumber(figures.abandoned),
];

function Head({ first }: { first: string }) {
  const t = useT();
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {(['reports.offered', 'reports.answered', 'reports.level', 'reports.wait', 'reports.abandoned'] as const).map((name) => <th key={name} scope="col">{t(name)}</th>)}
      </tr>
    </thead>
  );
}

/** A wide table scrolls by itself, so it must be reachable by keyboard. */
function Wide({ label, children }: { label: string; children: React.ReactNode }) {
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <div className={css.scroll} role="group" aria-label={label} tabIndex={0}>{children}</div>;
}

/** The same as the chart, in numbers. */
function Numbers({ report, month }: { report: IntervalReport; month: boolean }) {
  const t = useT();
  const rows = report.sums.filter(({ offered, answered, abandoned }) => offered + answered + abandoned > 0);
  return (
    <details className={css.numbers}>
      <summary>{t('client.in_numbers')}</summary>
      <Wide label={t('client.in_numbers')}>
        <table className={css.table}>
          <Head first={t(month ? 'reports.day' : 'client.hour')} />
          <tbody>
            {rows.map((sum) => (
              <tr key={sum.from}>
                <th scope="row" className="num">{month ? formatDate(sum.from, report.zone) : sum.local.slice(11, 16)}</th>
                {COLUMNS(sum).map((value, at) => <td key={at} className="num">{value}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}

function Channels({ report }: { report: IntervalReport }) {
  const t = useT();
  const most = Math.max(1, ...report.totals.map(({ offered }) => offered));
  return (
    <Wide label={t('client.by_channel')}>
      <table className={css.table}>
        <Head first={t('reports.channel')} />
        <tbody>
          {report.totals.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                <span className={css.channel}>{row.channel && <ChannelIcon channel={row.channel} />}{row.channel ? t(`desk.channel_${row.channel}`) : row.name}</span>
                <span className={css.share} aria-hidden><span style={{ width: `${(row.offered * 100) / most}%` }} /></span>
              </th>
              {COLUMNS(row).map((value, at) => <td key={at} className="num">{value}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

const LATEST = 6;

/** What came in last, and what waits for somebody's answer. */
function Latest({ zone }: { zone: string }) {
  const t = useT();
  const { open, lost } = useOpenCount();
  const { data } = useQuery({
    queryKey: ['contacts', 'latest'],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/reports/contacts', { params: { query: { limit: LATEST } }, signal })).data?.items ?? [],
    refetchInterval: REFRESH_MS,
  });
  return (
    <Section title={t('client.latest')}>
      {open > 0 && (
        <Alert variant="light" icon={<IconMailOpened size={18} />}>
          <Link to="/left-messages" search={{}} className={css.link ?? ''}>{t('client.left_open', { count: open })}</Link>
        </Alert>
      )}
      {lost > 0 && (
        <Alert variant="light" icon={<IconPhoneOff size={18} />}>
          <Link to="/left-messages" search={{ lost: true }} className={css.link ?? ''}>{t('client.lost_open', { count: lost })}</Link>
        </Alert>
      )}
      {data && data.length === 0 && <Empty title={t('client.nothing_yet')} />}
      {data && data.length > 0 && (
        <ul className={css.latest}>
          {data.map((row) => (
            <li key={row.contact}>
              <Link to="/contacts/$contact" params={{ contact: row.contact }} className={css.row ?? ''}>
                <span className="num">{today(zone, Date.parse(row.arrived)) === today(zone, serverNow()) ? formatTime(row.arrived, zone) : formatDateTime(row.arrived, zone)}</span>
                <ChannelIcon channel={row.channel} />
                <span className={css.who}>{row.customer || t('reports.unknown')}</span>
                <span className={css.dim}>{row.queue_name}</span>
                <ContactStateWord state={row.state} />
                <IconChevronRight size={15} aria-hidden />
              </Link>
            </li>
          ))}
        </ul>
      )}
      <Link to="/contacts" search={{}} className={css.link ?? ''}>{t('client.all_contacts')}</Link>
    </Section>
  );
}
