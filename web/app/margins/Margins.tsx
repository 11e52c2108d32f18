// What each client brings in and what its agents cost, month by month; for the provider's owners.
import { Button, Select, Switch } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Fragment, useState } from 'react';

import { Page, Search, Section, Table, Waiting } from '../admin/parts/Page';
import { get } from '../api/client';
import type { AgentTimeCost, ClientMargin, MarginView } from '../api/types';
import { formatMoney } from '../billing/money';
import { periodName } from '../billing/Statement';
import { currentLocale, formatDateTime, formatNumber, needFace, useT } from '../i18n/t';
import { Empty } from '../ui/Empty';
import { downloadFrom } from '../ui/download';
import { Costs } from './Costs';
import facts from '../billing/Facts.module.css';
import amounts from '../billing/Amounts.module.css';
import css from './Margins.module.css';
import { Trend } from './Trend';

await Promise.all([needFace('admin'), needFace('billing')]);

const ORDERS = ['margin', 'share', 'revenue', 'cost', 'name'] as const;
type Order = (typeof ORDERS)[number];

/** Hours, since they are paid by the hour; the fewer, the finer. */
function hours(ms: number): string {
  const exact = ms / 3_600_000;
  const places = exact < 10 ? 2 : exact < 100 ? 1 : 0;
  return formatNumber(Number(exact.toFixed(places)));
}

/** Thousandths as percent; a margin may be negative. */
const share = (permille: number): string =>
  new Intl.NumberFormat(currentLocale(), { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(permille / 1000);

/** Smallest first by what is sought: whoever loses money stands on top. */
function sorted(clients: readonly ClientMargin[], order: Order): ClientMargin[] {
  const low = Number.NEGATIVE_INFINITY;
  const by: Record<Exclude<Order, 'name'>, (one: ClientMargin) => number> = {
    margin: (one) => one.margin_minor ?? low, share: (one) => one.margin_permille ?? low, revenue: (one) => -one.revenue_minor, cost: (one) => -(one.cost.cost_minor ?? 0),
  };
  return order === 'name' ? [...clients] : clients.toSorted((a, b) => by[order](a) - by[order](b));
}

/** The margins of a month. */
export default function Margins() {
  const t = useT();
  const { month, q = '', order = 'margin', loss } = useSearch({ strict: false }) as { month?: string; q?: string; order?: Order; loss?: string }; // the screen keeps what is text in its address
  const navigate = useNavigate();
  const place = (part: Record<string, string | undefined>) => {
    const kept = Object.fromEntries(Object.entries({ month, q, order, loss, ...part }).filter(([name, value]) => value && !(name === 'order' && value === 'margin')));
    void navigate({ to: '.' as '/', search: kept as never, replace: true });
  };
  const { data: it, error, refetch } = useQuery({
    queryKey: ['margins', month ?? 'now'], queryFn: ({ signal }) => get<MarginView>('/margins', month ? { month } : {}, signal), placeholderData: keepPreviousData,
  });
  if (!it) return <Page title={t('billing.mar_title')} why={t('billing.mar_why')}><Waiting error={error} retry={() => void refetch()} /></Page>;
  const wanted = it.clients.filter((one) => one.name.toLocaleLowerCase().includes(q.trim().toLocaleLowerCase()) && (!loss || (one.margin_minor ?? 0) < 0));
  const shown = sorted(wanted, order);
  return (
    <Page title={t('billing.mar_title')} why={t('billing.mar_why')}>
      <div className={css.ask}>
        <Select
          label={t('billing.mar_month')} w={200} allowDeselect={false} value={it.month} data={it.months.map((name) => ({ value: name, label: periodName(name) }))}
          onChange={(next) => place({ month: next ?? undefined })}
        />
        <Select
          label={t('billing.mar_order')} w={220} allowDeselect={false} value={order} data={ORDERS.map((value) => ({ value, label: t(`billing.mar_order_${value}`) }))}
          onChange={(next) => place({ order: next ?? undefined })}
        />
        <Search value={q} label={t('billing.mar_search')} onChange={(text) => place({ q: text || undefined })} />
        <Button variant="default" leftSection={<IconDownload size={14} />} onClick={() => void downloadFrom(`/margins?month=${it.month}`, `margins-${it.month}.csv`)}>{t('billing.mar_csv')}</Button>
        <Switch className={css.losses ?? ''} label={t('billing.mar_losses')} checked={Boolean(loss)} onChange={(event) => place({ loss: event.currentTarget.checked ? 'true' : undefined })} />
      </div>
      <Totals it={it} />
      {it.clients.length === 0 ? (
        <Empty title={t('billing.mar_none')}>{t('billing.mar_none_next')}</Empty>
      ) : shown.length === 0 ? (
        <Empty title={t('billing.mar_nothing')}>{t('billing.mar_nothing_next')}</Empty>
      ) : (
        <>
          <Bars it={it} clients={shown} />
          <Section title={t('billing.mar_clients')} hint={t('billing.mar_clients_hint')}><Clients it={it} clients={shown} /></Section>
        </>
      )}
      {it.months.length > 1 && <Section title={t('billing.mar_trend')} hint={t('billing.mar_trend_hint')}><Trend /></Section>}
      <Costs key={it.costs.version} costs={it.costs} />
    </Page>
  );
}

function Totals({ it }: { it: MarginView }) {
  const t = useT();
  const money = (minor: number | null | undefined) => (typeof minor === 'number' ? formatMoney(minor, it.costs.currency) : '–');
  const sums = [['revenue', it.revenue_minor], ['cost', it.cost_minor], ['margin', it.margin_minor]] as const;
  return (
    <Section title={periodName(it.month)} hint={t('billing.period_hint', { from: formatDateTime(it.from, it.zone), until: formatDateTime(it.until, it.zone), zone: it.zone })}>
      <dl className={facts.facts}>
        {sums.map(([name, minor]) => <div key={name}><dt>{t(`billing.mar_${name}`)}</dt><dd className="num" {...((minor ?? 0) < 0 ? { 'data-loss': true } : {})}>{money(minor)}</dd></div>)}
      </dl>
      {it.goes_on && <p className={amounts.dim}>{t('billing.mar_goes_on')}</p>}
      {typeof it.cost_minor !== 'number' && <p className={amounts.dim}>{t('billing.mar_no_cost')}</p>}
      {typeof it.cost_minor === 'number' && typeof it.margin_minor !== 'number' && <p className={amounts.dim}>{t('billing.mar_other_currency', { currency: it.costs.currency })}</p>}
    </Section>
  );
}

/** Revenue above cost, client by client; the table below says the same in figures. */
function Bars({ it, clients }: { it: MarginView; clients: readonly ClientMargin[] }) {
  const t = useT();
  const most = Math.max(1, ...clients.flatMap((one) => [one.currency === it.costs.currency ? one.revenue_minor : 0, one.cost.cost_minor ?? 0]));
  const width = (minor: number | null | undefined) => ({ width: `${(Math.max(0, minor ?? 0) * 100) / most}%` });
  return (
    <Section title={t('billing.mar_plot')}>
      <div className={css.key} aria-hidden>
        {(['revenue', 'worked', 'waiting'] as const).map((name) => <span key={name}><i data-part={name} />{t(`billing.mar_${name}`)}</span>)}
      </div>
      <div className={css.bars} role="img" aria-label={t('billing.mar_plot_says')}>
        {clients.map((one) => (
          <div key={one.client} className={css.bar}>
            <span className={css.name}>{one.name}</span>
            <span className={css.tracks}>
              <span className={css.track}>{one.currency === it.costs.currency && <i data-part="revenue" style={width(one.revenue_minor)} />}</span>
              <span className={css.track}><i data-part="worked" style={width(one.cost.worked_minor)} /><i data-part="waiting" style={width(one.cost.waiting_minor)} /></span>
            </span>
          </div>
        ))}
      </div>
    </Section>
  );
}

function Clients({ it, clients }: { it: MarginView; clients: readonly ClientMargin[] }) {
  const t = useT();
  const [open, setOpen] = useState<string>();
  const cost = (minor: number | null | undefined) => (typeof minor === 'number' ? formatMoney(minor, it.costs.currency) : '–');
  const columns = ['client', 'revenue', 'cost', 'margin', 'share', 'worked_h', 'waiting_h'] as const;
  return (
    <Table label={t('billing.mar_clients')} numbersFrom={1} columns={columns.map((column) => t(`billing.mar_${column}`))}>
      {clients.map((one) => (
        <Fragment key={one.client}>
          <tr>
            <td>
              <button type="button" className={amounts.open} aria-expanded={open === one.client} onClick={() => setOpen(open === one.client ? undefined : one.client)}>
                <span aria-hidden>{open === one.client ? '▾' : '▸'}</span> {one.name}
              </button>
            </td>
            <td className={`num ${amounts.amount}`}>{one.currency ? formatMoney(one.revenue_minor, one.currency) : t('billing.mar_no_tariff')}</td>
            <td className={`num ${amounts.amount}`}>{cost(one.cost.cost_minor)}</td>
            <td className={`num ${amounts.amount}`} {...((one.margin_minor ?? 0) < 0 ? { 'data-loss': true } : {})}>{cost(one.margin_minor)}</td>
            <td className={`num ${amounts.amount}`}>{typeof one.margin_permille === 'number' ? share(one.margin_permille) : '–'}</td>
            <td className={`num ${amounts.amount}`}>{hours(one.cost.worked_ms)}</td>
            <td className={`num ${amounts.amount}`}>{hours(one.cost.waiting_ms)}</td>
          </tr>
          {open === one.client && <tr><td colSpan={columns.length}><Parts it={it} one={one} /></td></tr>}
        </Fragment>
      ))}
      {it.nobody.waiting_ms > 0 && (
        <tr>
          <td>{t('billing.mar_nobody')}</td><td /><td className={`num ${amounts.amount}`}>{cost(it.nobody.cost_minor)}</td><td /><td />
          <td className={`num ${amounts.amount}`}>{hours(it.nobody.worked_ms)}</td><td className={`num ${amounts.amount}`}>{hours(it.nobody.waiting_ms)}</td>
        </tr>
      )}
    </Table>
  );
}

/** What a client's margin is made of. */
function Parts({ it, one }: { it: MarginView; one: ClientMargin }) {
  const t = useT();
  const cost = (minor: number | null | undefined) => (typeof minor === 'number' ? formatMoney(minor, it.costs.currency) : '–');
  const time = (part: AgentTimeCost) => t('billing.mar_time', { worked: hours(part.worked_ms), worked_cost: cost(part.worked_minor), waiting: hours(part.waiting_ms), waiting_cost: cost(part.waiting_minor) });
  return (
    <div className={css.parts}>
      <div>
        <strong>{t('billing.mar_revenue')}</strong>
        {one.revenue.length === 0 && <p className={amounts.dim}>{t(one.currency ? 'billing.mar_no_revenue' : 'billing.mar_no_tariff')}</p>}
        <ul>{one.revenue.map(({ kind, amount_minor }) => <li key={kind}><span>{t(`billing.kind_${kind}`)}</span><span className="num">{formatMoney(amount_minor, one.currency ?? it.costs.currency)}</span></li>)}</ul>
        {one.by_days && <p className={amounts.dim}>{t('billing.mar_by_days')}</p>}
        <p className={amounts.dim}>{t('billing.mar_contacts', { count: one.contacts })}</p>
      </div>
      <div>
        <strong>{t('billing.mar_cost')}</strong>
        {one.sites.length === 0 && <p className={amounts.dim}>{t('billing.mar_no_time')}</p>}
        <ul>
          {one.sites.map((site) => (
            <li key={site.site ?? ''}>
              <span>{site.name || t('billing.mar_no_site')}<small>{time(site.cost)}{typeof site.agent_hour_minor === 'number' && ` ${t('billing.mar_at', { hour: cost(site.agent_hour_minor) })}`}</small></span>
              <span className="num">{cost(site.cost.cost_minor)}</span>
            </li>
          ))}
        </ul>
        {one.currency && one.currency !== it.costs.currency && <p className={amounts.dim}>{t('billing.mar_other_currency', { currency: it.costs.currency })}</p>}
      </div>
      <div className={css.whole}><Trend client={one.client} /></div>
    </div>
  );
}
