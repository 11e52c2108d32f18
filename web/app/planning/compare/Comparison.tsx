// One comparison: the three contracts side by side, what to take and why, the bills, and the day hour by hour.
import { Button, CopyButton, Select } from '@mantine/core';
import { IconArrowLeft, IconDownload, IconLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { Page, Section, Table, Waiting } from '../../admin/parts/Page';
import { get, path } from '../../api/client';
import type { ComparedContract, ComparisonView, Estimate, ServiceModel } from '../../api/types';
import { formatMoney } from '../../billing/money';
import { periodName } from '../../billing/Statement';
import { currentLocale, formatNumber, useT } from '../../i18n/t';
import { comparison } from '../data';
import { jobDays, JobState } from '../parts/Job';
import { noteWords } from '../parts/notes';
import css from './Comparison.module.css';
import { Day } from './Day';
import { Together } from './Together';

/** A comparison by its job. */
export default function Comparison() {
  const t = useT();
  const { job: id } = useParams({ strict: false }) as { job: string };
  const { data, error, refetch } = useQuery(comparison(id));
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  const { job, result, more_results } = data;
  const results = result ? [result, ...(more_results ?? [])] : [];
  return (
    <Page
      before={<Button component={Link} to={'/planning/compare' as '/'} variant="subtle" color="gray" px={6} aria-label={t('planning.compare')}><IconArrowLeft size={16} /></Button>}
      title={t('planning.comparison_of', { client: job.about })}
      why={t('planning.comparison_why', { days: jobDays(job), by: job.begun_by })}
      actions={
        <>
          <CopyButton value={location.href}>
            {({ copied, copy }) => <Button variant="subtle" color="gray" leftSection={<IconLink size={14} />} onClick={copy}>{t(copied ? 'planning.link_copied' : 'planning.copy_link')}</Button>}
          </CopyButton>
          {result && <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => void download(id)}>{t('planning.csv')}</Button>}
          <Button variant="default" component={Link} to={`/planning/compare?like=${id}` as '/'}>{t('planning.compare_again')}</Button>
        </>
      }
    >
      <JobState job={job} />
      {results.length > 1 ? <Several of={results} /> : result && <Result it={result} />}
    </Page>
  );
}

async function download(id: string): Promise<void> {
  const response = await fetch(`/api/v1${path`/planning/comparisons/${id}/csv`}`, { credentials: 'same-origin' });
  if (!response.ok) {
    await get(path`/planning/comparisons/${id}`); // tells what is the matter
    return;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = 'comparison.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}

const decimals = (value: number, digits: number): string =>
  new Intl.NumberFormat(currentLocale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** A figure with its interval, written small beside it. */
export function Interval({ of, by = 1, digits = 1, unit = '' }: { of: Estimate; by?: number; digits?: number; unit?: string }) {
  if (of.mean === null || of.mean === undefined) return <>–</>;
  return (
    <>
      {decimals(of.mean * by, digits)}{unit}
      {of.half_width_95 !== null && of.half_width_95 !== undefined && <small className={css.half}>± {decimals(of.half_width_95 * by, digits)}</small>}
    </>
  );
}

/** Of several clients: all in one table, and one of them whole. */
function Several({ of }: { of: readonly ComparisonView[] }) {
  const t = useT();
  const [chosen, setChosen] = useState(of[0]?.client ?? '');
  const it = of.find(({ client }) => client === chosen) ?? of[0];
  return (
    <>
      <Together of={of} chosen={chosen} choose={setChosen} />
      <Select
        label={t('planning.one_of_them')} allowDeselect={false} maw={340} mt="md" value={chosen} data={of.map(({ client }) => client)} onChange={(client) => client && setChosen(client)}
      />
      {it && <Result key={it.client} it={it} />}
    </>
  );
}

function Result({ it }: { it: ComparisonView }) {
  const t = useT();
  return (
    <>
      <Advice it={it} />
      <SideBySide it={it} />
      <Day it={it} />
      <Section title={t('planning.bills')} hint={t('planning.bills_hint', { period: periodName(it.period) })}>
        <div className={css.bills}>{it.contracts.map((contract) => <Bill key={contract.model} of={contract} it={it} />)}</div>
      </Section>
      {it.contracts.some(({ others }) => others.length > 0) && <Others it={it} />}
      {it.hybrids.length > 1 && <Tried it={it} />}
      <p className={css.how}>
        {t('planning.how', {
          contacts: it.contacts.mean ? formatNumber(Math.round(it.contacts.mean)) : '0', period: periodName(it.period), replications: it.replications,
          simulations: it.simulations, seed: String(it.seed),
        })}
      </p>
    </>
  );
}

function Advice({ it }: { it: ComparisonView }) {
  const t = useT();
  return (
    <Section title={it.advice ? t('planning.take', { model: t(`planning.model_${it.advice}`) }) : t('planning.take_nothing')}>
      <ul className={css.reasons}>{it.reasons.map((note) => <li key={`${note.code} ${note.text}`}>{noteWords(t, note)}</li>)}</ul>
      {it.warnings.length > 0 && (
        <div className={css.warnings} role="note" aria-label={t('planning.beware')}>
          <strong>{t('planning.beware')}</strong>
          <ul>{it.warnings.map((note) => <li key={`${note.code} ${note.text}`}>{noteWords(t, note)}</li>)}</ul>
        </div>
      )}
    </Section>
  );
}

/** What a contract is called, with the hours of a hybrid. */
export function Named({ of, it }: { of: ComparedContract; it: ComparisonView }) {
  const t = useT();
  return (
    <span className={css.named}>
      <strong>{t(`planning.model_${of.model}`)}</strong>
      {it.advice === of.model && <span className={css.pill} data-look="take">{t('planning.recommended')}</span>}
      {it.now === of.model && <span className={css.pill}>{t('planning.now')}</span>}
      {of.hours && <small>{of.hours}, {typeof of.overflow_after_s === 'number' ? t('planning.helped_after', { seconds: of.overflow_after_s }) : t('planning.never_helped')}</small>}
    </span>
  );
}

function SideBySide({ it }: { it: ComparisonView }) {
  const t = useT();
  const money = (minor: number) => formatMoney(Math.round(minor), it.currency);
  const estimate = (of: Estimate) => (
    <>
      {typeof of.mean === 'number' ? money(of.mean) : '–'}
      {typeof of.half_width_95 === 'number' && of.half_width_95 >= 0.5 && <small className={css.half}>± {money(of.half_width_95)}</small>}
    </>
  );
  const atOnce = ({ groups }: ComparedContract) =>
    groups.map((group) => `${group.name}: ${formatNumber(Math.max(0, ...group.agents_for_client))}`).join(', ') || '0';
  const best = (value: (of: ComparedContract) => number, least = true): ServiceModel | undefined => {
    const sorted = it.contracts.toSorted((a, b) => (least ? value(a) - value(b) : value(b) - value(a)));
    return sorted.length > 1 && sorted[0] && sorted[1] && value(sorted[0]) !== value(sorted[1]) ? sorted[0].model : undefined;
  };
  const within = (of: Estimate, unit: string, by = 1) => <Interval of={of} by={by} unit={unit} />;
  const rows: { name: string; cell: (of: ComparedContract) => React.ReactNode; best?: ServiceModel | undefined; hint?: string }[] = [
    { name: t('planning.service_level'), cell: (of) => within(of.service_level, ' %', 100), hint: t('planning.promised', { percent: it.contracts[0]?.target_percent ?? 0, seconds: it.contracts[0]?.threshold_s ?? 0 }) },
    { name: t('planning.asa'), cell: (of) => within(of.asa_s, ' s') },
    { name: t('planning.abandoned'), cell: (of) => within(of.abandoned, ' %', 100) },
    { name: t('planning.at_once'), cell: atOnce, hint: t('planning.at_once_hint') },
    { name: t('planning.agent_hours'), cell: (of) => formatNumber(Math.round(of.agent_hours)), best: best((of) => of.agent_hours) },
    { name: t('planning.paid_hours'), cell: (of) => formatNumber(Math.round(of.paid_hours)) },
    { name: t('planning.occupancy'), cell: (of) => of.groups.map((group) => <span key={group.name} className={css.line}><Interval of={group.occupancy} by={100} unit=" %" /> <small>{group.name}</small></span>) },
    { name: t('planning.cost'), cell: (of) => money(of.cost_minor), best: best((of) => of.cost_minor) },
    { name: t('planning.price'), cell: (of) => estimate(of.price_minor), best: best((of) => of.price_minor.mean ?? 0) },
    { name: t('planning.margin'), cell: (of) => estimate(of.margin_minor), best: best((of) => of.margin_minor.mean ?? 0, false) },
    { name: t('planning.once'), cell: (of) => (of.once_minor === 0 ? '–' : money(of.once_minor)), hint: t('planning.once_hint') },
  ];
  return (
    <Section title={t('planning.side_by_side')} hint={t('planning.side_by_side_hint')}>
      {/* A wide table scrolls by itself, so it must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css.scroll} role="group" aria-label={t('planning.side_by_side')} tabIndex={0}>
        <table className={css.table}>
          <thead><tr><td />{it.contracts.map((contract) => <th key={contract.model} scope="col"><Named of={contract} it={it} /></th>)}</tr></thead>
          <tbody>
            {rows.map(({ name, cell, best: won, hint }) => (
              <tr key={name}>
                <th scope="row">{name}{hint && <small>{hint}</small>}</th>
                {it.contracts.map((contract) => <td key={contract.model} className="num" {...(won === contract.model ? { 'data-best': true } : {})}>{cell(contract)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Bill({ of, it }: { of: ComparedContract; it: ComparisonView }) {
  const t = useT();
  const money = (minor: number) => formatMoney(Math.round(minor), it.currency);
  const quantity = (value: number, unit: string): string =>
    unit === 'seconds' ? t('planning.minutes', { minutes: Math.round(value / 60) }) : decimals(value, Number.isInteger(value) ? 0 : 1);
  return (
    <table className={css.bill} aria-label={t(`planning.model_${of.model}`)}>
      <caption><Named of={of} it={it} /></caption>
      <tbody>
        {of.positions.map((position) => (
          <tr key={`${position.kind} ${position.name}`}>
            <td>{[kindWord(t, position.kind), position.name].filter(Boolean).join(': ')}</td>
            <td className="num">{quantity(position.quantity, position.unit)}</td>
            <td className="num">{money(position.amount_minor)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot><tr><th scope="row" colSpan={2}>{t('planning.net')}</th><td className="num">{typeof of.price_minor.mean === 'number' ? money(of.price_minor.mean) : '–'}</td></tr></tfoot>
    </table>
  );
}

const KINDS = ['included', 'metered', 'bundle', 'seats', 'absent_seats', 'minimum', 'fee', 'credit'] as const;

function kindWord(t: ReturnType<typeof useT>, kind: string): string {
  const known = KINDS.find((one) => one === kind);
  return known ? t(`billing.kind_${known}`) : kind;
}

function Others({ it }: { it: ComparisonView }) {
  const t = useT();
  const names = it.contracts[0]?.others.map(({ name }) => name) ?? [];
  return (
    <Section title={t('planning.others')} hint={t('planning.others_hint', { client: it.client })}>
      <Table label={t('planning.others')} columns={[t('planning.client'), t('planning.promise'), t('planning.without', { client: it.client }), ...it.contracts.map(({ model }) => t(`planning.model_${model}`))]} numbersFrom={1}>
        {names.map((name) => {
          const of = (contract: ComparedContract) => contract.others.find((other) => other.name === name);
          const first = it.contracts[0] && of(it.contracts[0]);
          return (
            <tr key={name}>
              <td>{name}</td>
              <td className="num" style={{ textAlign: 'end' }}>{first?.target_percent} %</td>
              <td className="num" style={{ textAlign: 'end' }}>{first && <Interval of={first.before} by={100} unit=" %" />}</td>
              {it.contracts.map((contract) => {
                const other = of(contract);
                return <td key={contract.model} className="num" style={{ textAlign: 'end' }}>{other && <Interval of={other.after} by={100} unit=" %" />}</td>;
              })}
            </tr>
          );
        })}
      </Table>
    </Section>
  );
}

function Tried({ it }: { it: ComparisonView }) {
  const t = useT();
  return (
    <Section title={t('planning.tried')}>
      <Table label={t('planning.tried')} columns={[t('planning.team_hours'), t('planning.overflow_after'), t('planning.cost')]} numbersFrom={1}>
        {it.hybrids.map((tried) => (
          <tr key={`${tried.hours} ${tried.overflow_after_s}`}>
            <td>{tried.hours}</td>
            <td className="num" style={{ textAlign: 'end' }}>{typeof tried.overflow_after_s === 'number' ? t('planning.seconds', { seconds: tried.overflow_after_s }) : '–'}</td>
            <td className="num" style={{ textAlign: 'end' }}>{typeof tried.cost_minor === 'number' ? formatMoney(tried.cost_minor, it.currency) : t('planning.not_kept')}</td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}
