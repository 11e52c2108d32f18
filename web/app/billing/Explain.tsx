// One line of a statement, down to what happened.
import { Alert, Drawer, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { Table, Waiting } from '../admin/parts/Page';
import { get, path } from '../api/client';
import type { ChargeTerms, Id, LineExplained } from '../api/types';
import { sayEntry } from '../i18n/said';
import { formatDateTime, formatNumber, formatSeconds, formatSpan, useT, type t as T } from '../i18n/t';
import { CallRecord } from '../reports/CallRecord';
import { formatPrice } from './money';
import amounts from './Amounts.module.css';
import css from './Statement.module.css';
import { quantityWords, unitWords } from './words';

/** Why a line costs what it costs, of an invoice as it was billed: its arithmetic, its spans, and the contact with its timeline and recordings. */
export default function Explain({ client, invoice, line, zone, onClose }: { client: Id; invoice?: Id; line: string; zone: string; onClose: () => void }) {
  const t = useT();
  const { data, error, refetch } = useQuery({
    queryKey: ['statement', client, 'line', line, invoice ?? ''],
    queryFn: ({ signal }) => get<LineExplained>(path`/clients/${client}/statement/lines/${line}`, invoice ? { invoice } : undefined, signal),
  });
  return (
    <Drawer opened onClose={onClose} position="right" size={640} title={t('billing.explain')} closeButtonProps={{ 'aria-label': t('shell.close') }} attributes={{ header: { role: 'presentation' } }}>
      {data ? <Explained data={data} zone={zone} /> : <Waiting error={error} retry={() => void refetch()} />}
    </Drawer>
  );
}

function Explained({ data, zone }: { data: LineExplained; zone: string }) {
  const t = useT();
  const { line, contact, differs, today, currency } = data;
  const invoiced = formatPrice(line.amount_milli, currency);
  return (
    <Stack gap="md">
      <div>
        <Text fw={600}>{contact.line.customer || t('billing.unnamed')} · {formatDateTime(line.at, zone)}</Text>
        <Link className={amounts.open ?? ''} to="/contacts/$contact" params={{ contact: line.contact }}>{t('billing.whole_contact')}</Link>
      </div>
      {differs && (
        <Alert color="warn" variant="light">
          {today ? t('billing.step_invoiced', { invoiced, today: formatPrice(today.amount_milli, currency) }) : t('billing.step_invoiced_gone', { invoiced })}
        </Alert>
      )}
      <ol className={css.steps}>{steps(t, data).map((step) => <li key={step}>{step}</li>)}</ol>
      {data.spans.length > 0 && (
        <>
          <Title order={3}>{t('billing.spans')}</Title>
          <Table label={t('billing.spans')} columns={[t('billing.began'), t('billing.span'), t('billing.agent'), t('billing.length'), t('billing.counts')]}>
            {data.spans.map((span) => (
              <tr key={`${span.from} ${span.class} ${span.agent ?? ''}`}>
                <td className="num">{formatSeconds(span.from, zone)}</td>
                <td>{t(`billing.class_${span.class}`)}</td>
                <td>{span.agent ?? ''}</td>
                <td className="num">{formatSpan(span.length_ms)}</td>
                <td>{t(span.counts ? 'admin.yes' : 'admin.no')}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
      {contact.call && <CallRecord call={contact.call} zone={zone} />}
      <Title order={3}>{t('reports.timeline')}</Title>
      <ol className={css.steps}>
        {contact.timeline.map((entry) => (
          <li key={`${entry.at} ${entry.code} ${entry.agent ?? ''}`}><span className="num">{formatSeconds(entry.at, zone)}</span> {sayEntry(entry)}</li>
        ))}
      </ol>
    </Stack>
  );
}

/** The arithmetic of a line in the order in which it is done. */
function steps(t: typeof T, { line, charge, percent, used_before, currency, lines, version }: LineExplained): string[] {
  if (line.not_billed || !charge) return [t('billing.step_free', { why: t(`billing.free_${line.not_billed ?? 'no_charge'}`) })];
  const words: string[] = [t('billing.step_charge', { name: charge.name, version: String(version ?? '–') })];
  const all = lines.filter((other) => other.charge === line.charge).reduce((sum, other) => sum + other.billed, 0);
  words.push(...counted(t, charge, lines.reduce((sum, other) => sum + (other.charge === line.charge ? other.counted_ms : 0), 0), all));
  if (charge.bundle && typeof used_before === 'number') words.push(t('billing.step_bundle', { used: quantityWords(t, used_before, line.counted_in) }));
  if (all !== line.billed) words.push(t('billing.step_part', { part: quantityWords(t, line.billed, line.counted_in) }));
  const price = formatPrice(line.amount_milli, currency);
  if (line.included) return [...words, t('billing.step_included', { amount: price })];
  const rate = t('billing.step_price', { billed: quantityWords(t, line.billed, line.counted_in), price: formatPrice(charge.price_milli, currency), unit: unitWords(t, charge), amount: price });
  return [...words, percent === 100 ? rate : `${rate} ${t('billing.step_band', { band: line.band ?? '', percent: formatNumber(percent) })}`];
}

function counted(t: typeof T, { unit }: ChargeTerms, ms: number, billed: number): string[] {
  if (unit.kind !== 'minute') return [];
  const words = [t('billing.step_counted', { classes: unit.counts.map((one) => t(`billing.class_${one}`)).join(', '), time: formatSpan(ms) })];
  const rounding = unit.first_s === unit.next_s ? t('billing.says_increment', { next: String(unit.next_s) }) : t('billing.says_increments', { first: String(unit.first_s), next: String(unit.next_s) });
  const more = [
    unit.minimum_s ? t('billing.says_at_least', { seconds: String(unit.minimum_s) }) : '',
    unit.added_s ? t('billing.says_added', { seconds: String(unit.added_s) }) : '',
  ].filter(Boolean);
  words.push(t('billing.step_rounded', { how: [rounding, ...more].join('; '), billed: quantityWords(t, billed, 'seconds') }));
  return words;
}
