import { Button, NumberInput, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconCalendarTime, IconDownload, IconUsers } from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

import { Page, Section, Waiting } from '../admin/parts/Page';
import { api } from '../api/client';
import { ApiError } from '../api/errors';
import type { DemandForecast, StaffingInterval, StaffingView } from '../api/types';
import { needFace, useT } from '../i18n/t';
import { Chart, type Series } from '../ui/Chart';
import { Empty } from '../ui/Empty';
import { Choices } from './Choices';
import { download } from '../ui/download';
import { DayChoice, OfFile } from './Forecast';
import { HeatMap } from './HeatMap';
import { promiseSearch, type PromiseSearch } from './promise';
import { Scroll } from './Scroll';
import css from './Staffing.module.css';
import { staffingOf, USUAL, USUAL_HANDLE_S } from './staffingOf';
import { useForecast, type ForecastSearch } from './useForecast';
import { dayOf, hourOf, percent, rounded, secondsOf } from './words';

await needFace('staffing');
await needFace('shifts');

/** The agents that a forecast needs, interval by interval. */
export function useStaffing(forecast: DemandForecast | undefined, search: PromiseSearch) {
  const body = useMemo(() => (forecast ? staffingOf(forecast, search) : undefined), [forecast, search]);
  return useQuery({
    queryKey: ['staffing', body],
    queryFn: async ({ signal }) => (body ? (await api.POST('/api/v1/planning/staffing', { body, signal })).data : undefined),
    enabled: body !== undefined && body.intervals.length > 0, placeholderData: keepPreviousData, retry: false, staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Agents by interval: a map of days and hours, a day's curve, and what one agent less would mean. */
export default function Staffing() {
  const t = useT();
  const raw = useSearch({ strict: false });
  const search = raw as ForecastSearch & PromiseSearch; // the route reads its address by both
  const promise = useMemo(() => promiseSearch(raw as Record<string, unknown>), [raw]);
  const navigate = useNavigate();
  const change = (next: Partial<ForecastSearch & PromiseSearch>): void => void navigate({ to: '.', search: { ...search, ...next } as never, replace: true }); // of this very route
  const forecast = useForecast(search);
  const staffing = useStaffing(forecast.data, promise);
  const known = forecast.error instanceof ApiError && forecast.error.status === 422 ? forecast.error : undefined;
  return (
    <Page
      title={t('staffing.staffing')} why={t('staffing.staffing_why')}
      actions={(
        <>
          <Button variant="default" size="xs" leftSection={<IconCalendarTime size={14} />} component={Link} to={'/planning/shifts' as '/'} search={raw as never}>{t('shifts.make')}</Button>
          <Button
            variant="default" size="xs" leftSection={<IconDownload size={14} />} disabled={!staffing.data}
            onClick={() => staffing.data && download(csvOf(staffing.data), 'staffing.csv', 'text/csv')}
          >
            CSV
          </Button>
        </>
      )}
    >
      <Choices search={search} change={change} disabled={forecast.data?.file !== undefined && forecast.data.file !== null} />
      <OfFile />
      <Promise search={promise} change={change} forecast={forecast.data} />
      {known && <Empty title={known.message} icon={<IconUsers size={36} stroke={1.2} />}>{known.faults.map(({ field, message, next }) => <p key={field + message}>{message} {next}</p>)}</Empty>}
      {!known && !staffing.data && <Waiting error={forecast.error ?? staffing.error} retry={() => void (forecast.error ? forecast.refetch() : staffing.refetch())} />}
      {staffing.error instanceof ApiError && staffing.error.faults.slice(0, 3).map(({ field, message, next }) => <p key={field} className={css.small}>{message} {next}</p>)}
      {forecast.data && staffing.data && <Shown staffing={staffing.data} day={search.day} choose={(day) => change({ day })} busy={staffing.isFetching} />}
    </Page>
  );
}

function csvOf({ intervals }: StaffingView): string {
  const rows = intervals.map((of) => [
    of.from, of.load_erlangs.toFixed(3), of.required_agents, of.scheduled_agents, of.service_level.toFixed(4), of.service_level_with_one_less.toFixed(4), of.occupancy.toFixed(4), of.wait_s.toFixed(1),
  ].join(','));
  return ['from,load_erlangs,required_agents,scheduled_agents,service_level,service_level_with_one_less,occupancy,wait_s', ...rows, ''].join('\r\n');
}

/** What is promised, and what of the paid time is for contacts. */
function Promise({ search, change, forecast }: { search: PromiseSearch; change: (next: Partial<PromiseSearch>) => void; forecast: DemandForecast | undefined }) {
  const t = useT();
  const first = forecast?.slots[0];
  const field = (name: 'target' | 'threshold' | 'handle' | 'patience' | 'shrinkage' | 'occupancy', unit: string, least: number, most: number, usual: string) => (
    <NumberInput
      size="xs" w={150} label={t(`staffing.promise_${name}`)} suffix={` ${unit}`} min={least} max={most} allowDecimal={false} clampBehavior="strict" placeholder={usual}
      value={search[name] ?? ''} onChange={(value) => change({ [name]: typeof value === 'number' && value >= least ? value : undefined })}
    />
  );
  const ofContract = (value: number | null | undefined, usual: number, unit: string): string => (typeof value === 'number' ? t('staffing.of_contract', { value: `${value} ${unit}` }) : `${usual} ${unit}`);
  return (
    <div className={css.choices}>
      {field('target', '%', 1, 99, ofContract(first?.target_percent, USUAL.target, '%'))}
      {field('threshold', 's', 1, 86_400, ofContract(first?.threshold_s, USUAL.threshold, 's'))}
      {field('handle', 's', 1, 86_400, forecast?.handle ? t('staffing.as_forecast', { value: `${rounded(forecast.handle.mean_s, 0)} s` }) : `${USUAL_HANDLE_S} s`)}
      {field('patience', 's', 1, 86_400, typeof forecast?.patience_s === 'number' ? t('staffing.as_recorded', { value: `${rounded(forecast.patience_s, 0)} s` }) : t('staffing.endless'))}
      {field('shrinkage', '%', 0, 95, '30 %')}
      {field('occupancy', '%', 1, 99, t('staffing.no_limit'))}
      <div>
        <div className={css.label} id="staff-for">{t('staffing.staff_for')}</div>
        <SegmentedControl
          size="xs" aria-labelledby="staff-for" value={search.high ? 'high' : 'expected'} onChange={(value) => change({ high: value === 'high' || undefined })}
          data={[{ value: 'expected', label: t('staffing.expected') }, { value: 'high', label: t('staffing.high') }]}
        />
      </div>
    </div>
  );
}

function Shown({ staffing, day, choose, busy }: { staffing: StaffingView; day: string | undefined; choose: (day: string) => void; busy: boolean }) {
  const t = useT();
  const days = [...new Set(staffing.intervals.map(({ from }) => dayOf(from)))];
  const chosen = day !== undefined && days.includes(day) ? day : days[0];
  const cells = useMemo(() => staffing.intervals.map((of) => ({ from: of.from, value: of.required_agents, title: t('staffing.cell', { agents: of.required_agents, scheduled: of.scheduled_agents, level: percent(of.service_level) }) })), [staffing, t]);
  return (
    <div className={css.stack} aria-busy={busy}>
      <p className={css.verdict}>
        <strong>{t('staffing.hours_required', { hours: rounded(staffing.required_hours, 0) })}</strong>
        <span>{t('staffing.hours_scheduled', { hours: rounded(staffing.scheduled_hours, 0), count: days.length })}</span>
      </p>
      <Section title={t('staffing.map')} hint={t('staffing.map_hint')}>
        <HeatMap cells={cells} chosen={chosen} choose={choose} label={t('staffing.map')} />
      </Section>
      {chosen !== undefined && (
        <Section title={t('staffing.curve')} hint={t('staffing.curve_hint')}>
          <DayChoice days={days} value={chosen} onChange={choose} />
          <Day intervals={staffing.intervals.filter(({ from }) => dayOf(from) === chosen)} />
        </Section>
      )}
    </div>
  );
}

const shortHour = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 16);

function Day({ intervals }: { intervals: readonly StaffingInterval[] }) {
  const t = useT();
  const { times, series } = useMemo(() => {
    const lines: Series[] = [
      { name: 'scheduled', colour: '--edge', steps: true, dashed: true, values: intervals.map((of) => of.scheduled_agents) },
      { name: 'required', colour: '--accent', steps: true, values: intervals.map((of) => of.required_agents) },
      { name: 'level', colour: '--good-fill', axis: 'percent', values: intervals.map((of) => of.service_level * 100) },
      { name: 'one less', colour: '--danger', axis: 'percent', dashed: true, values: intervals.map((of) => (of.required_agents > 0 ? of.service_level_with_one_less * 100 : null)) },
    ];
    return { times: intervals.map(({ from }) => secondsOf(from)), series: lines };
  }, [intervals]);
  return (
    <>
      <ul className={css.legend} aria-hidden>
        <li><span style={{ background: 'var(--accent)' }} />{t('staffing.required')}</li>
        <li><span style={{ background: 'var(--edge)' }} />{t('staffing.scheduled')}</li>
        <li><span style={{ background: 'var(--good-fill)' }} />{t('staffing.level')}</li>
        <li><span style={{ background: 'var(--danger)' }} />{t('staffing.one_less')}</li>
      </ul>
      <Chart times={times} series={series} label={t('staffing.curve')} format={shortHour} local />
      <Scroll label={t('staffing.curve')}>
        <table className={css.table} aria-label={t('staffing.curve')}>
          <thead>
            <tr>{(['staffing.time', 'staffing.load', 'staffing.required', 'staffing.scheduled', 'staffing.level', 'staffing.one_less', 'staffing.occupancy', 'staffing.wait'] as const).map((head) => <th key={head} scope="col">{t(head)}</th>)}</tr>
          </thead>
          <tbody>
            {intervals.map((of) => (
              <tr key={of.from}>
                <th scope="row" className="num">{hourOf(of.from)}</th>
                <td className="num">{rounded(of.load_erlangs, 2)}</td>
                <td className="num">{of.required_agents}</td>
                <td className="num">{of.scheduled_agents}</td>
                <td className="num">{percent(of.service_level)}</td>
                <td className="num" data-off={of.required_agents > 0 || undefined}>{of.required_agents > 0 ? percent(of.service_level_with_one_less) : '–'}</td>
                <td className="num">{percent(of.occupancy)}</td>
                <td className="num">{rounded(of.wait_s)} s</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
