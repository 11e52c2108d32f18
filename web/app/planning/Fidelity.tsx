import { Button, Collapse } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconChevronDown, IconChevronRight, IconHistory } from '@tabler/icons-react';
import { Fragment, useMemo, useState } from 'react';

import { Page, Section, Waiting } from '../admin/parts/Page';
import { api } from '../api/client';
import type { FidelityAgreement, FidelityDay, FidelityDifference } from '../api/types';
import { currentLocale, formatDateTime, formatDay, formatNumber, formatPermille, formatSpan, needFace, useT, type Key } from '../i18n/t';
import { Chart, type Band, type Series } from '../ui/Chart';
import { Empty } from '../ui/Empty';
import { Scroll } from './Scroll';
import css from './Staffing.module.css';
import { percent } from './words';

await needFace('staffing');

const KEY = ['fidelity'];

/** How well each past day replays, night by night. */
export default function Fidelity() {
  const t = useT();
  const { data, error, refetch } = useQuery({
    queryKey: KEY, placeholderData: keepPreviousData, refetchInterval: 60_000,
    queryFn: async ({ signal }) => (await api.GET('/api/v1/planning/fidelity', { signal })).data,
  });
  if (!data) return <Page title={t('staffing.fidelity')}><Waiting error={error} retry={() => void refetch()} /></Page>;
  const { days, next, zone } = data;
  if (days.length === 0) {
    return (
      <Page title={t('staffing.fidelity')} why={t('staffing.fidelity_why')}>
        <Empty title={t('staffing.fidelity_none')} icon={<IconHistory size={36} stroke={1.2} />}>{t('staffing.fidelity_next', { at: formatDateTime(next), zone })}</Empty>
      </Page>
    );
  }
  const differing = days.filter(({ is_equal }) => !is_equal).length;
  return (
    <Page title={t('staffing.fidelity')} why={t('staffing.fidelity_why')}>
      <p className={css.verdict} data-good={differing === 0 || undefined}>
        <strong>{differing === 0 ? t('staffing.all_equal', { count: days.length }) : t('staffing.some_differ', { count: differing, of: days.length })}</strong>
        <span>{t('staffing.fidelity_next', { at: formatDateTime(next), zone })}</span>
      </p>
      <Section title={t('staffing.over_time')} hint={t('staffing.over_time_hint')}><OverTime days={days} /></Section>
      <Section title={t('staffing.days')}><Days days={days} /></Section>
    </Page>
  );
}

function OverTime({ days }: { days: readonly FidelityDay[] }) {
  const t = useT();
  const { times, series, bands } = useMemo(() => {
    const known = new Map(days.map((day) => [Date.parse(`${day.day}T00:00:00Z`) / 1000, day]));
    const at = [...known.keys()].sort((a, b) => a - b);
    const all: number[] = [];
    // A day that was not replayed is a gap of the line, not of the axis.
    for (let day = at[0] ?? 0; day <= (at.at(-1) ?? 0); day += 86_400) all.push(day);
    const of = (pick: (day: FidelityDay) => number | null | undefined) => all.map((time) => {
      const day = known.get(time);
      return day ? (pick(day) ?? null) : null;
    });
    const bound = (day: FidelityDay, by: 1 | -1): number | null => {
      const { mean, spread_95: spread } = day.played_level ?? {};
      return typeof mean !== 'number' ? null : 100 * Math.min(1, Math.max(0, mean + by * (spread ?? 0)));
    };
    const lines: Series[] = [
      { name: 'differing', colour: '--danger', columns: true, values: of((day) => day.events_missing + day.events_added) },
      { name: 'high', colour: '--accent', bare: true, axis: 'percent', values: of((day) => bound(day, 1)) },
      { name: 'low', colour: '--accent', bare: true, axis: 'percent', values: of((day) => bound(day, -1)) },
      { name: 'recorded', colour: '--good-fill', axis: 'percent', values: of((day) => (typeof day.recorded.service_level_permille === 'number' ? day.recorded.service_level_permille / 10 : null)) },
    ];
    const filled: Band[] = [{ high: 1, low: 2, colour: '--accent-soft' }];
    return { times: all, series: lines, bands: filled };
  }, [days]);
  return (
    <>
      <ul className={css.legend} aria-hidden>
        <li><span style={{ background: 'var(--danger)' }} />{t('staffing.differing_events')}</li>
        <li><span style={{ background: 'var(--good-fill)' }} />{t('staffing.level_recorded')}</li>
        <li><span style={{ background: 'var(--accent-soft)', outline: '1px solid var(--accent)' }} />{t('staffing.level_played')}</li>
      </ul>
      <Chart times={times} series={series} bands={bands} label={t('staffing.over_time')} format={shortDay} local height={200} />
    </>
  );
}

const shortDay = (seconds: number): string =>
  new Intl.DateTimeFormat(currentLocale(), { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(seconds * 1000);

function Days({ days }: { days: readonly FidelityDay[] }) {
  const t = useT();
  const [open, setOpen] = useState<string>();
  const heads: readonly Key[] = ['staffing.day', 'staffing.verdict', 'staffing.contacts', 'staffing.level', 'staffing.events_equal', 'staffing.differing_events', 'staffing.took'];
  return (
    <Scroll label={t('staffing.days')}>
      <table className={css.table} aria-label={t('staffing.days')}>
        <thead><tr>{heads.map((head) => <th key={head} scope="col">{t(head)}</th>)}</tr></thead>
        <tbody>
          {days.map((day) => {
            const shown = open === day.day;
            return (
              <Fragment key={day.day}>
                <tr>
                  <th scope="row">
                    <Button
                      variant="subtle" size="compact-xs" px={4} aria-expanded={shown} onClick={() => setOpen(shown ? undefined : day.day)}
                      leftSection={shown ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
                    >
                      {formatDay(day.day)}
                    </Button>
                  </th>
                  <td><Verdict equal={day.is_equal} /></td>
                  <td className="num">{formatNumber(day.offered)}</td>
                  <td className="num">{formatPermille(day.recorded.service_level_permille)}</td>
                  <td className="num">{formatNumber(day.events_equal)}</td>
                  <td className="num">{formatNumber(day.events_missing + day.events_added)}</td>
                  <td className="num">{formatNumber(day.took_ms)} ms</td>
                </tr>
                {shown && <tr><td colSpan={heads.length} className={css.detail}><Collapse expanded><Details day={day} /></Collapse></td></tr>}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function Verdict({ equal }: { equal: boolean }) {
  const t = useT();
  return <span className={css.pill} data-good={equal || undefined}>{equal ? `✓ ${t('staffing.equal')}` : `≠ ${t('staffing.differs')}`}</span>;
}

function Details({ day }: { day: FidelityDay }) {
  const t = useT();
  const { data, error, refetch } = useQuery({
    queryKey: [...KEY, day.day, day.made],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/planning/fidelity/{day}', { params: { path: { day: day.day } }, signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div className={css.details}>
      <p>{t('staffing.replayed_at', { at: formatDateTime(day.made), version: day.program, zone: day.zone })}</p>
      {day.contacts_open > 0 && <p>{t('staffing.contacts_open', { count: day.contacts_open })}</p>}
      {day.first_difference && <p><strong>{t('staffing.first_difference', { seq: day.first_difference.seq, at: formatDateTime(day.first_difference.at) })}</strong> {day.first_difference.text}</p>}
      {day.differences.length > 0 && <Differences differences={day.differences} />}
      {!data && <Waiting error={error} retry={() => void refetch()} />}
      {data?.played && (
        <>
          <h3>{t('staffing.played')}</h3>
          <p>{t('staffing.played_hint', { count: data.played.contacts, replications: data.played.replications, out: data.played.left_out })}</p>
          <table className={css.table} aria-label={t('staffing.played')}>
            <thead>
              <tr>
                <th scope="col">{t('staffing.client')}</th>
                {data.played.rows[0]?.figures.map(({ figure }) => <th key={figure} scope="col">{t(`staffing.figure_${figure}` as Key /* the six figures each have words */)}</th>)}
              </tr>
            </thead>
            <tbody>
              {data.played.rows.map((row) => (
                <tr key={row.name ?? ''} {...(row.name ? {} : { className: css.sum })}>
                  <th scope="row">{row.name ?? t('staffing.together')}</th>
                  {row.figures.map((figure) => <Agreement key={figure.figure} {...figure} />)}
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {data && !data.played && <p>{t('staffing.not_played')}</p>}
    </div>
  );
}

/** A figure as people read it. */
function written(figure: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (figure === 'service_level') return percent(value);
  if (figure.endsWith('_us') || figure.startsWith('state.')) return formatSpan(value / 1000);
  return formatNumber(Math.round(value * 10) / 10);
}

/** What was recorded, and below it what was played, with the interval that it should lie in. */
function Agreement({ figure, recorded, mean, spread_95: spread, agrees }: FidelityAgreement) {
  const t = useT();
  const around = typeof mean === 'number' ? `${written(figure, mean)} ± ${written(figure, spread)}` : '–';
  return (
    <td className="num" data-off={agrees === false || undefined} {...(agrees === false ? { title: t('staffing.outside') } : {})}>
      {agrees === false && <span aria-hidden>⚠ </span>}{written(figure, recorded)}
      <small>{around}</small>
    </td>
  );
}

function Differences({ differences }: { differences: readonly FidelityDifference[] }) {
  const t = useT();
  return (
    <table className={css.table} aria-label={t('staffing.differences')}>
      <thead><tr>{(['staffing.figure', 'staffing.recorded', 'staffing.replayed', 'staffing.difference', 'staffing.of_clients'] as const).map((head) => <th key={head} scope="col">{t(head)}</th>)}</tr></thead>
      <tbody>
        {differences.map(({ figure, recorded, replayed, difference, clients }) => (
          <tr key={figure}>
            <th scope="row"><code>{figure}</code></th>
            <td className="num">{written(figure, recorded)}</td>
            <td className="num">{written(figure, replayed)}</td>
            <td className="num">{written(figure, difference)}</td>
            <td className={css.left}>{clients.map(({ client, name, difference: part }) => <div key={client}>{name}: {written(figure, part)}</div>)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
