import { Button, FileButton, SegmentedControl } from '@mantine/core';
import { IconDownload, IconFileUpload, IconTrendingUp, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

import { Page, Refusal, Section, Waiting } from '../admin/parts/Page';
import { request } from '../api/client';
import { ApiError } from '../api/errors';
import type { ForecastJudged, DemandForecast } from '../api/types';
import { formatDay, needFace, useT, type Key } from '../i18n/t';
import { Chart, type Band, type Series } from '../ui/Chart';
import { dayAfter } from '../ui/day';
import { Empty } from '../ui/Empty';
import { Choices } from './Choices';
import { download } from '../ui/download';
import { SpecialDays } from './SpecialDays';
import css from './Staffing.module.css';
import { asked, useFileForecast, useForecast, type ForecastSearch } from './useForecast';
import { dayOf, hourOf, percent, rounded, secondsOf } from './words';

await needFace('staffing');

/** What the coming days will bring, from the floor's own journal or from a file. */
export default function Forecast() {
  const t = useT();
  const search = useSearch({ strict: false }) as ForecastSearch; // the route reads its address by `forecastSearch`
  const navigate = useNavigate();
  const change = (next: Partial<ForecastSearch>): void => void navigate({ to: '.', search: { ...search, ...next } as never, replace: true }); // of this very route
  const { ofFile, put } = useFileForecast();
  const upload = useMutation({
    mutationFn: async (file: File) => request<DemandForecast>('POST', '/planning/forecast', new Blob([await file.arrayBuffer()], { type: 'text/csv' }), {
      query: { ...asked(search), interval_min: search.interval, client: undefined, channel: undefined, file: file.name, leave_out: true },
    }),
    onSuccess: put,
  });
  const { data, error, refetch, isFetching } = useForecast(search);
  return (
    <Page
      title={t('staffing.forecast')} why={t('staffing.forecast_why')}
      actions={
        <>
          <FileButton accept=".csv,.gz,text/csv" onChange={(file) => file && upload.mutate(file)}>
            {(props) => <Button {...props} variant="default" size="xs" loading={upload.isPending} leftSection={<IconFileUpload size={14} />}>{t('staffing.from_file')}</Button>}
          </FileButton>
          <Button variant="default" size="xs" leftSection={<IconDownload size={14} />} disabled={!data} onClick={() => data && download(csvOf(data), `forecast-${dayOf(data.slots[0]?.from ?? '')}.csv`, 'text/csv')}>CSV</Button>
        </>
      }
    >
      <Choices search={search} change={change} disabled={ofFile !== undefined} />
      <Refusal error={upload.error} />
      {upload.error instanceof ApiError && upload.error.faults.length > 0 && (
        <ul className={css.faults}>{upload.error.faults.slice(0, 8).map(({ field, message, next }) => <li key={field + message}><code>{field}</code> {message} {next}</li>)}</ul>
      )}
      <OfFile />
      {!data && (error instanceof ApiError && error.status === 422
        ? (
            <Empty title={error.message} icon={<IconTrendingUp size={36} stroke={1.2} />}>
              {error.faults.map(({ field, message, next }) => <p key={field + message}>{message} {next}</p>)}
            </Empty>
          )
        : <Waiting error={error} retry={() => void refetch()} />)}
      {data && <Shown view={data} day={search.day} choose={(day) => change({ day })} busy={isFetching} />}
      <SpecialDays client={search.client} />
    </Page>
  );
}

/** That a file stands in place of the journal, and the way back. */
export function OfFile() {
  const t = useT();
  const { ofFile, put } = useFileForecast();
  return ofFile && (
    <p className={css.verdict}>
      <strong>{t('staffing.of_file', { name: ofFile.file ?? '' })}</strong>
      <Button size="compact-xs" variant="subtle" leftSection={<IconX size={14} />} onClick={() => put(undefined)}>{t('staffing.back_to_journal')}</Button>
    </p>
  );
}

/** The intervals as a table for spreadsheets, as the server writes it. */
function csvOf({ slots }: DemandForecast): string {
  const number = (value: number | null | undefined, digits: number): string => (typeof value === 'number' ? value.toFixed(digits) : '');
  const rows = slots.map(({ from, contacts, low, high, handle_s }) => [from, number(contacts, 3), number(low, 3), number(high, 3), number(handle_s, 1)].join(','));
  return ['from,contacts,low,high,handle_s', ...rows, ''].join('\r\n');
}

function Shown({ view, day, choose, busy }: { view: DemandForecast; day: string | undefined; choose: (day: string) => void; busy: boolean }) {
  const t = useT();
  const days = [...new Set(view.slots.map(({ from }) => dayOf(from)))];
  const chosen = day !== undefined && days.includes(day) ? day : days[0];
  return (
    <div className={css.stack} aria-busy={busy}>
      <Section title={t('staffing.by_day')} hint={t('staffing.by_day_hint')}><ByDay view={view} /></Section>
      {chosen !== undefined && (
        <Section title={t('staffing.by_interval')} hint={t('staffing.by_interval_hint', { share: percent(view.coverage, 0) })}>
          <DayChoice days={days} value={chosen} onChange={choose} />
          <ByInterval view={view} day={chosen} />
        </Section>
      )}
      <Section title={t('staffing.judged')} hint={view.held_back_days > 0 ? t('staffing.judged_hint', { count: view.held_back_days }) : t('staffing.not_judged')}>
        <div className={css.columns}>
          <Judged title={t('staffing.of_contacts')} judged={view.judged} chosen={view.method} days />
          {view.handle && <Judged title={t('staffing.of_handle', { mean: rounded(view.handle.mean_s, 0) })} judged={view.handle.judged} chosen={view.handle.method} />}
        </div>
        {view.left_out.length > 0 && <p className={css.small}>{t('staffing.left_out', { days: view.left_out.slice(0, 12).map((out) => formatDay(out.day)).join(', '), count: view.left_out.length })}</p>}
        {typeof view.patience_s === 'number' && <p className={css.small}>{t('staffing.patience_found', { seconds: rounded(view.patience_s, 0) })}</p>}
      </Section>
    </div>
  );
}

/** One of the days to come. */
export function DayChoice({ days, value, onChange }: { days: readonly string[]; value: string; onChange: (day: string) => void }) {
  const t = useT();
  return (
    <div className={css.scroll}>
      <SegmentedControl size="xs" aria-label={t('staffing.day')} value={value} onChange={onChange} data={days.map((day) => ({ value: day, label: formatDay(day) }))} />
    </div>
  );
}

const shortDay = (seconds: number): string => formatDay(new Date(seconds * 1000).toISOString().slice(0, 10));
const shortHour = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 16);

function ByDay({ view }: { view: DemandForecast }) {
  const t = useT();
  const { times, series } = useMemo(() => {
    const came = new Map(view.history.map(({ day, counts }) => [day, counts.reduce((sum, count) => sum + count, 0)]));
    const said = new Map<string, number>();
    for (const { from, contacts } of view.slots) said.set(dayOf(from), (said.get(dayOf(from)) ?? 0) + contacts);
    const special = new Set(view.special_days.map(({ day }) => day));
    const known = [...came.keys(), ...said.keys()].sort();
    const all: string[] = [];
    for (let day = known[0] ?? ''; day !== '' && day <= (known.at(-1) ?? ''); day = dayAfter(day)) all.push(day);
    const lines: Series[] = [
      { name: 'recorded', colour: '--edge', columns: true, values: all.map((day) => came.get(day) ?? null) },
      { name: 'expected', colour: '--accent', columns: true, values: all.map((day) => said.get(day) ?? null) },
      { name: 'special', colour: '--warn-fill', columns: true, values: all.map((day) => (special.has(day) ? (came.get(day) ?? said.get(day) ?? null) : null)) },
    ];
    return { times: all.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000), series: lines };
  }, [view]);
  return (
    <>
      <ul className={css.legend} aria-hidden>
        <li><span style={{ background: 'var(--edge)' }} />{t('staffing.came')}</li>
        <li><span style={{ background: 'var(--accent)' }} />{t('staffing.expected')}</li>
        <li><span style={{ background: 'var(--warn-fill)' }} />{t('staffing.special')}</li>
      </ul>
      <Chart times={times} series={series} label={t('staffing.by_day')} format={shortDay} local />
    </>
  );
}

function ByInterval({ view, day }: { view: DemandForecast; day: string }) {
  const t = useT();
  const slots = useMemo(() => view.slots.filter(({ from }) => dayOf(from) === day), [view, day]);
  const { times, series, bands } = useMemo(() => {
    const weekBefore = view.history.find((past) => past.day === [7, 14, 21, 28].map((back) => dayAfter(day, -back)).find((then) => view.history.some((known) => known.day === then)));
    const lines: Series[] = [
      { name: 'high', colour: '--accent', bare: true, values: slots.map(({ high }) => high) },
      { name: 'low', colour: '--accent', bare: true, values: slots.map(({ low }) => low) },
      { name: 'week before', colour: '--edge', dashed: true, values: slots.map(({ from }) => weekBefore?.counts[Math.floor((secondsOf(from) % 86_400) / view.interval_s)] ?? null) },
      { name: 'expected', colour: '--accent', values: slots.map(({ contacts }) => contacts) },
    ];
    const filled: Band[] = [{ high: 0, low: 1, colour: '--accent-soft' }];
    return { times: slots.map(({ from }) => secondsOf(from)), series: lines, bands: filled };
  }, [view, day, slots]);
  return (
    <>
      <ul className={css.legend} aria-hidden>
        <li><span style={{ background: 'var(--accent)' }} />{t('staffing.expected')}</li>
        <li><span style={{ background: 'var(--accent-soft)', outline: '1px solid var(--accent)' }} />{t('staffing.band', { share: percent(view.coverage, 0) })}</li>
        <li><span style={{ background: 'var(--edge)' }} />{t('staffing.week_before')}</li>
      </ul>
      <Chart times={times} series={series} bands={bands} label={t('staffing.by_interval')} format={shortHour} local />
      <details>
        <summary>{t('staffing.as_table')}</summary>
        <table className={css.table} aria-label={t('staffing.by_interval')}>
          <thead><tr>{(['staffing.time', 'staffing.expected', 'staffing.low', 'staffing.high', 'staffing.handle'] as const).map((head) => <th key={head} scope="col">{t(head)}</th>)}</tr></thead>
          <tbody>
            {slots.map(({ from, contacts, low, high, handle_s }) => (
              <tr key={from}>
                <th scope="row" className="num">{hourOf(from)}</th>
                {[contacts, low, high].map((value, at) => <td key={at} className="num">{rounded(value)}</td>)}
                <td className="num">{typeof handle_s === 'number' ? `${rounded(handle_s, 0)} s` : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

function Judged({ title, judged, chosen, days = false }: { title: string; judged: readonly ForecastJudged[]; chosen: string; days?: boolean }) {
  const t = useT();
  if (judged.length === 0) return null;
  const naive = judged.find(({ method }) => method === 'seasonal_naive')?.wape;
  return (
    <table className={css.table} aria-label={title}>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t('staffing.method')}</th><th scope="col">{t('staffing.error_intervals')}</th>
          {days && <th scope="col">{t('staffing.error_days')}</th>}
          <th scope="col">{t('staffing.against_naive')}</th>
        </tr>
      </thead>
      <tbody>
        {judged.map(({ method, wape, wape_of_days }) => (
          <tr key={method} data-chosen={method === chosen || undefined}>
            <th scope="row">{t(`staffing.method_${method}` as Key /* every method has its words */)}{method === chosen && <span className={css.pill} data-good>✓ {t('staffing.chosen')}</span>}</th>
            <td className="num">{typeof wape === 'number' ? percent(wape) : t('staffing.too_short')}</td>
            {days && <td className="num">{percent(wape_of_days)}</td>}
            <td className="num">{typeof wape === 'number' && typeof naive === 'number' && naive > 0 && method !== 'seasonal_naive' ? signed(wape / naive - 1) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const signed = (share: number): string => `${share > 0 ? '+' : ''}${percent(share, 0)}`;
