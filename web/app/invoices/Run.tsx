// The billing run: one step for many documents, one after the other.
import { Alert, Button, Group, List, Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import { Confirm, Section, Table } from '../admin/parts/Page';
import { get, path, post } from '../api/client';
import { ApiError } from '../api/errors';
import type { BillingRun, InvoiceSummary, InvoiceView, PeriodDue } from '../api/types';
import { periodName } from '../billing/Statement';
import { formatMoney } from '../billing/money';
import { formatDate, useT } from '../i18n/t';
import { sayFault } from '../i18n/said';
import { queries } from '../queries';
import amounts from '../billing/Amounts.module.css';

type Refused = { key: string; name: string; why: string };

/** How far a series is; what was refused stays until the next one. */
type Series = { done: number; of: number; running: boolean; refused: readonly Refused[] };

const why = (error: unknown) =>
  error instanceof ApiError ? [error.message, ...error.faults.map((fault) => sayFault(fault).message)].join(' ') : String(error);

/** Does one thing after the other. What is refused does not keep the rest from being done, and it can be stopped after each. */
function useSeries<T>(name: (one: T) => string, act: (one: T) => Promise<unknown>) {
  const [series, setSeries] = useState<Series>({ done: 0, of: 0, running: false, refused: [] });
  const stopped = useRef(false);
  const start = async (all: readonly T[]) => {
    stopped.current = false;
    setSeries({ done: 0, of: all.length, running: true, refused: [] });
    for (const one of all) {
      if (stopped.current) break;
      let refused: Refused[] = [];
      try {
        // One at a time: the provider's numbers are given in this order.
        // oxlint-disable-next-line no-await-in-loop
        await act(one);
      } catch (error) {
        refused = [{ key: crypto.randomUUID(), name: name(one), why: why(error) }];
      }
      setSeries((before) => ({ ...before, done: before.done + 1, refused: [...before.refused, ...refused] }));
    }
    setSeries((before) => ({ ...before, running: false }));
    void queries.invalidateQueries({ queryKey: ['invoices'] });
  };
  return { series, start: (all: readonly T[]) => void start(all), stop: () => { stopped.current = true; } };
}

function Going({ series, stop }: { series: Series; stop: () => void }) {
  const t = useT();
  return (
    <>
      {series.running && (
        <Group gap="sm" wrap="nowrap">
          <Progress style={{ flex: 1 }} value={(series.done / series.of) * 100} aria-label={t('billing.run_progress')} />
          <Text size="sm" className="num">{t('billing.run_done', { done: String(series.done), of: String(series.of) })}</Text>
          <Button variant="default" onClick={stop}>{t('billing.run_stop')}</Button>
        </Group>
      )}
      {!series.running && series.of > 0 && <Text size="sm" role="status">{t('billing.run_over', { done: String(series.done - series.refused.length), of: String(series.of) })}</Text>}
      {series.refused.length > 0 && (
        <Alert color="warning" variant="light" title={t('billing.run_refused', { count: series.refused.length })}>
          <List size="sm">{series.refused.map((one) => <List.Item key={one.key}><strong>{one.name}</strong>: {one.why}</List.Item>)}</List>
        </Alert>
      )}
    </>
  );
}

/** Rows of what is due that are shown before all are asked for. */
const SHOWN = 8;

/** What is to be invoiced, of all clients, and a draft of each at once. */
export function Due() {
  const t = useT();
  const { data } = useQuery({ queryKey: ['invoices', 'due'], queryFn: ({ signal }) => get<BillingRun>('/billing-run', undefined, signal), meta: { quiet: true } });
  const [all, setAll] = useState(false);
  const { series, start, stop } = useSeries<PeriodDue>(
    (one) => `${one.client_name}, ${periodName(one.period)}`,
    (one) => post<InvoiceView>(path`/clients/${one.client}/invoices`, { period: one.period }),
  );
  if (!data || (data.total === 0 && series.of === 0)) return null;
  const rows = all ? data.due : data.due.slice(0, SHOWN);
  return (
    <Section title={t('billing.run')} hint={t('billing.run_hint', { count: data.total })}>
      {rows.length > 0 && (
        <Table label={t('billing.run')} columns={[t('billing.inv_client'), t('billing.period'), t('billing.run_over_since')]}>
          {rows.map((one) => (
            <tr key={`${one.client} ${one.period}`}><td>{one.client_name}</td><td>{periodName(one.period)}</td><td className="num">{formatDate(one.until)}</td></tr>
          ))}
        </Table>
      )}
      <Going series={series} stop={stop} />
      <Group gap="sm">
        {data.due.length > 0 && <Button loading={series.running} onClick={() => start(data.due)}>{t('billing.run_draft', { count: data.due.length })}</Button>}
        {data.due.length > SHOWN && !all && <Button variant="subtle" onClick={() => setAll(true)}>{t('billing.run_all', { count: data.due.length })}</Button>}
      </Group>
    </Section>
  );
}

/** The next step of all listed drafts, or of all that were reviewed. */
export function Steps({ state, rows }: { state: 'draft' | 'reviewed'; rows: readonly InvoiceSummary[] }) {
  const t = useT();
  const step = state === 'draft' ? 'review' : 'issue';
  const [sure, setSure] = useState(false);
  const { series, start, stop } = useSeries<InvoiceSummary>(
    (one) => `${one.client_name}, ${periodName(one.period)}`,
    (one) => post<InvoiceView>(`${path`/clients/${one.client}/invoices/${one.id}`}/${step}`, { version: one.version }),
  );
  const sums = new Map<string, number>();
  for (const one of rows) sums.set(one.currency, (sums.get(one.currency) ?? 0) + one.total_minor);
  const total = [...sums].map(([currency, minor]) => formatMoney(minor, currency)).join(' + ');
  if (rows.length === 0 && series.of === 0) return null;
  return (
    <>
      {rows.length > 0 && (
        <Group gap="sm">
          <Button variant="default" loading={series.running} onClick={() => (step === 'issue' ? setSure(true) : start(rows))}>{t(`billing.run_${step}`, { count: rows.length })}</Button>
          <span className={amounts.dim}>{total}</span>
        </Group>
      )}
      <Going series={series} stop={stop} />
      <Confirm
        title={t('billing.run_issue_sure', { count: rows.length, total })} why={t('billing.inv_issue_why')} act={t('billing.run_issue', { count: rows.length })}
        opened={sure} onClose={() => setSure(false)} busy={false}
        onAct={() => {
          setSure(false);
          start(rows);
        }}
      />
    </>
  );
}
