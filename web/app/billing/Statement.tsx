// A client's billing period: what it comes to, how far its bundles are used, and every line.
import { Button, Group, Select } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { Section, Table, Waiting } from '../admin/parts/Page';
import { get, path } from '../api/client';
import { ApiError } from '../api/errors';
import type { BundleView, Id, PositionView, StatementLine, StatementView } from '../api/types';
import { formatDate, formatDateTime, formatMonth, formatNumber, formatPermille, formatSpan, needFace, useT } from '../i18n/t';
import { Empty } from '../ui/Empty';
import { downloadFrom } from '../ui/download';
import { BilledFilter, type Billed } from './BilledFilter';
import facts from './Facts.module.css';
import { formatMoney, formatPrice } from './money';
import amounts from './Amounts.module.css';
import css from './Statement.module.css';
import { TariffInWords } from './TariffInWords';
import { named, quantityWords, type Names } from './words';

await Promise.all([needFace('admin'), needFace('billing')]);

// Fetched with the first line that somebody asks about.
const Explain = lazy(() => import('./Explain'));

const asIs: Names = { queue: (id) => id, disposition: (id) => id };

/** `2026-11` as a month of the language; four weeks by their first day. */
export const periodName = (name: string): string => (/^\d{4}-\d{2}$/.test(name) ? formatMonth(name) : name);

/** The statement of a client, for whoever may see what it pays. */
export function Statement({ client, names = asIs }: { client: Id; names?: Names }) {
  const t = useT();
  const [period, setPeriod] = useState<string>();
  const [billed, setBilled] = useState<Billed>('all');
  const [line, setLine] = useState<string>();
  const ask = { ...(period ? { period } : {}), ...(billed === 'all' ? {} : { billed }) };
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['statement', client, ask],
    queryFn: ({ pageParam, signal }) => get<StatementView>(path`/clients/${client}/statement`, { ...ask, ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.lines.next,
    placeholderData: keepPreviousData,
    // Month to date: what ends now is in it soon.
    refetchInterval: 60_000,
  });
  if (error instanceof ApiError && error.code === 'not_found' && !data) return <Empty title={t('billing.none')}>{t('billing.none_next')}</Empty>;
  const it = data?.pages[0];
  if (!it) return <Waiting error={error} retry={() => void refetch()} />;
  const lines = data.pages.flatMap((page) => page.lines.items);
  return (
    <>
      <Group justify="space-between" align="flex-end">
        <Select
          label={t('billing.period')} w={220} allowDeselect={false} value={it.period} data={it.periods.map((name) => ({ value: name, label: periodName(name) }))}
          onChange={(next) => setPeriod(next ?? undefined)}
        />
        <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => void downloadFrom(`/clients/${client}/statement?period=${encodeURIComponent(it.period)}`, `statement-${it.period}.csv`)}>{t('billing.csv')}</Button>
      </Group>
      <Totals it={it} />
      {it.bundles.length > 0 && <Bundles bundles={it.bundles} zone={it.zone} goesOn={it.goes_on} />}
      <Positions it={it} />
      <Section title={t('billing.lines')} hint={t('billing.lines_hint')}>
        <BilledFilter value={billed} onChange={setBilled} />
        {lines.length === 0 ? <Empty title={t('billing.no_lines')} /> : <Lines lines={lines} it={it} onOpen={setLine} />}
        {hasNextPage && <div><Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>{t('billing.more')}</Button></div>}
      </Section>
      <Section title={t('billing.tariff')}>
        <TariffInWords tariff={it.tariff} names={names} />
        {it.other_tariffs?.map(({ from, until, tariff }) => (
          <details key={from}>
            <summary>{t(until ? 'billing.tariff_between' : 'billing.tariff_since', { from: formatDate(from, it.zone), until: until ? formatDate(until, it.zone) : '' })}</summary>
            <TariffInWords tariff={tariff} names={names} />
          </details>
        ))}
      </Section>
      {line && <Suspense><Explain client={client} line={line} zone={it.zone} onClose={() => setLine(undefined)} /></Suspense>}
    </>
  );
}

/** What a billing period comes to, and will come to. */
export function Totals({ it }: { it: StatementView }) {
  const t = useT();
  const money = (minor: number) => formatMoney(minor, it.currency);
  return (
    <Section title={periodName(it.period)} hint={t('billing.period_hint', { from: formatDateTime(it.from, it.zone), until: formatDateTime(it.until, it.zone), zone: it.zone })}>
      <dl className={facts.facts}>
        <div>
          <dt>{t(it.goes_on ? 'billing.so_far' : 'billing.total')}</dt>
          <dd className="num">{money(it.total_minor)}<small>{it.tax_name ? t('billing.of_which_tax', { tax: money(it.tax_minor), name: it.tax_name }) : t('billing.no_tax')}</small></dd>
        </div>
        {it.goes_on && (
          <div>
            <dt>{t('billing.forecast')}</dt>
            <dd className="num">{it.forecast ? money(it.forecast.total_minor) : '–'}<small>{t(it.forecast ? 'billing.forecast_hint' : 'billing.forecast_later')}</small></dd>
          </div>
        )}
        <div><dt>{t('billing.contacts')}</dt><dd className="num">{formatNumber(it.contacts)}</dd></div>
        {typeof it.service_level_permille === 'number' && <div><dt>{t('billing.level')}</dt><dd className="num">{formatPermille(it.service_level_permille)}</dd></div>}
      </dl>
      {it.not_billed.length > 0 && (
        <p className={amounts.dim}>
          {named(t, t('billing.not_billed'), it.not_billed.map(({ reason, contacts }) => `${t(`billing.free_${reason}`)} (${formatNumber(contacts)})`).join(', '))}
        </p>
      )}
    </Section>
  );
}

/** How far each bundle is used. */
export function Bundles({ bundles, zone, goesOn }: { bundles: readonly BundleView[]; zone: string; goesOn: boolean }) {
  const t = useT();
  return (
    <Section title={t('billing.bundles')}>
      {bundles.map((bundle) => {
        const all = bundle.included + bundle.carried || 1;
        const words = (quantity: number) => quantityWords(t, quantity, bundle.counted_in);
        const used = t('billing.used_of', { used: words(bundle.used), all: words(all) });
        return (
          <div key={`${bundle.name} ${bundle.included}`} className={css.bundle}>
            <strong>{bundle.name}</strong>
            <div
              className={css.track} role="meter" aria-label={bundle.name} aria-valuemin={0} aria-valuemax={all} aria-valuenow={Math.min(bundle.used, all)} aria-valuetext={used}
              {...(bundle.beyond > 0 ? { 'data-over': true } : bundle.warned_at ? { 'data-warn': true } : {})}
            >
              <span style={{ width: `${Math.min(100, (bundle.used * 100) / all)}%` }} />
            </div>
            <span className="num">{used}</span>
            <span className={amounts.dim} style={{ gridColumn: '1 / -1' }}>
              {[
                bundle.carried > 0 ? t('billing.carried', { carried: words(bundle.carried) }) : '',
                typeof bundle.packs === 'number' ? t('billing.packs', { count: bundle.packs }) : '',
                bundle.beyond > 0 ? t('billing.beyond', { beyond: words(bundle.beyond) }) : '',
                bundle.warned_at && bundle.beyond === 0 ? t('billing.warned', { at: formatDateTime(bundle.warned_at, zone) }) : '',
                goesOn && typeof bundle.forecast === 'number' ? t('billing.will_use', { used: words(bundle.forecast) }) : '',
              ].filter(Boolean).join(' ')}
            </span>
          </div>
        );
      })}
    </Section>
  );
}

function Positions({ it }: { it: StatementView }) {
  const t = useT();
  const row = (position: PositionView, at: number) => (
    // Positions have no id; they come anew as a whole.
    // oxlint-disable-next-line react/no-array-index-key
    <tr key={at}>
      <td>{named(t, t(`billing.kind_${position.kind}`), position.name)}{position.band && ` · ${position.band}`}</td>
      <td className={`num ${amounts.amount}`}>{quantityWords(t, position.quantity, position.counted_in)}</td>
      <td className={`num ${amounts.amount}`}>{position.contacts > 0 ? formatNumber(position.contacts) : ''}</td>
      <td className={`num ${amounts.amount}`}>{formatMoney(position.amount_minor, it.currency)}</td>
    </tr>
  );
  const sum = (label: string, minor: number) => (
    <tr className={amounts.sum}><td colSpan={3}>{label}</td><td className={`num ${amounts.amount}`}>{formatMoney(minor, it.currency)}</td></tr>
  );
  return (
    <Section title={t('billing.positions')} hint={t('billing.positions_hint')}>
      <Table label={t('billing.positions')} numbersFrom={1} columns={[t('billing.position'), t('billing.quantity'), t('billing.contacts'), t('billing.amount')]}>
        {it.positions.map(row)}
        {sum(t('billing.net'), it.net_minor)}
        {it.tax_name && sum(it.tax_name, it.tax_minor)}
        {sum(t('billing.total'), it.total_minor)}
      </Table>
    </Section>
  );
}

function Lines({ lines, it, onOpen }: { lines: readonly StatementLine[]; it: StatementView; onOpen: (line: string) => void }) {
  const t = useT();
  const columns = ['began', 'charge', 'counted', 'billed', 'amount'] as const;
  return (
    <Table label={t('billing.lines')} numbersFrom={2} columns={columns.map((column) => t(`billing.${column}`))}>
      {lines.map((line) => (
        <tr key={line.line}>
          <td className="num"><button type="button" className={amounts.open} onClick={() => onOpen(line.line)}>{formatDateTime(line.at, it.zone)}</button></td>
          <td>{line.not_billed ? t(`billing.free_${line.not_billed}`) : [line.charge, line.band, line.included ? t('billing.included') : ''].filter(Boolean).join(' · ')}</td>
          <td className={`num ${amounts.amount}`}>{line.counted_ms > 0 ? formatSpan(line.counted_ms) : ''}</td>
          <td className={`num ${amounts.amount}`}>{line.not_billed ? '' : quantityWords(t, line.billed, line.counted_in)}</td>
          <td className={`num ${amounts.amount}`}>{formatPrice(line.amount_milli, it.currency)}</td>
        </tr>
      ))}
    </Table>
  );
}
