// Twelve months of margins, one after the other: of all clients, or of one.
import { useQuery } from '@tanstack/react-query';

import { Table, Waiting } from '../admin/parts/Page';
import { get } from '../api/client';
import type { Id, MarginMonth, MarginTrend } from '../api/types';
import { formatMoney } from '../billing/money';
import { periodName } from '../billing/Statement';
import { currentLocale, useT } from '../i18n/t';
import amounts from '../billing/Amounts.module.css';
import css from './Margins.module.css';

/** The month alone, as short as it is written. */
const monthName = (month: string): string => new Intl.DateTimeFormat(currentLocale(), { month: 'short', timeZone: 'UTC' }).format(Date.parse(`${month}-01T00:00:00Z`));

/** An amount in as few signs as it is understood. */
const short = (minor: number, { currency, decimals }: MarginTrend): string =>
  new Intl.NumberFormat(currentLocale(), { style: 'currency', currency, notation: 'compact', maximumFractionDigits: 1, minimumFractionDigits: 0 }).format(minor / 10 ** decimals);

/** Revenue beside cost, month by month, with what is left below; the table has the figures. */
export function Trend({ client }: { client?: Id }) {
  const t = useT();
  const { data: it, error, refetch } = useQuery({
    queryKey: ['margins', 'trend', client ?? 'all'], queryFn: ({ signal }) => get<MarginTrend>('/margins/trend', client ? { client } : {}, signal), meta: { quiet: true },
  });
  if (!it) return <Waiting error={error} retry={() => void refetch()} />;
  // One month is no trend.
  if (it.months.length < 2) return null;
  const most = Math.max(1, ...it.months.flatMap((one) => [one.revenue_minor, one.cost_minor ?? 0]));
  const height = (minor: number | null | undefined) => ({ height: `${(Math.max(0, minor ?? 0) * 100) / most}%` });
  const money = (minor: number | null | undefined) => (typeof minor === 'number' ? formatMoney(minor, it.currency) : '–');
  const loses = (one: MarginMonth) => ((one.margin_minor ?? 0) < 0 ? { 'data-loss': true } : {});
  return (
    <>
      <div className={css.key} aria-hidden>
        {(['revenue', 'cost'] as const).map((name) => <span key={name}><i data-part={name === 'cost' ? 'worked' : name} />{t(`billing.mar_${name}`)}</span>)}
      </div>
      {/* Wide on a telephone: it scrolls by itself, so it must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css.scroll} role="group" aria-label={t('billing.mar_trend')} tabIndex={0}>
        <div className={css.months} role="img" aria-label={t('billing.mar_trend_says')}>
          {it.months.map((one) => (
            <div key={one.month} className={css.month} title={`${periodName(one.month)}: ${money(one.revenue_minor)} − ${money(one.cost_minor)} = ${money(one.margin_minor)}`}>
              <span className={css.pillars} {...(one.goes_on ? { 'data-goes-on': true } : {})}>
                <i data-part="revenue" style={height(one.revenue_minor)} /><i data-part="worked" style={height(one.cost_minor)} />
              </span>
              <span className={css.monthName}>{monthName(one.month)}</span>
              <span className={`num ${css.left}`} {...loses(one)}>{typeof one.margin_minor === 'number' ? short(one.margin_minor, it) : '–'}</span>
            </div>
          ))}
        </div>
      </div>
      <details>
        <summary>{t('billing.mar_numbers')}</summary>
        <Table label={t('billing.mar_trend')} numbersFrom={1} columns={(['month', 'revenue', 'cost', 'margin'] as const).map((column) => t(`billing.mar_${column}`))}>
          {it.months.map((one) => (
            <tr key={one.month}>
              <td>{periodName(one.month)}{one.goes_on && ` · ${t('billing.so_far')}`}</td>
              <td className={`num ${amounts.amount}`}>{money(one.revenue_minor)}</td><td className={`num ${amounts.amount}`}>{money(one.cost_minor)}</td>
              <td className={`num ${amounts.amount}`} {...loses(one)}>{money(one.margin_minor)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </>
  );
}
