// What billing periods would have cost under another tariff, beside what they are. Nothing of it is kept.
import { Alert, Button, MultiSelect, Select, Switch } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { Faults } from '../admin/contract/faults';
import { Tariff } from '../admin/contract/tariff/Tariff';
import { contracts as contractsOf, draft as draftOf } from '../admin/data';
import { faultAt } from '../admin/parts/faults';
import { Fields, faultsOf, Refusal, Section, Table, Waiting } from '../admin/parts/Page';
import { get, path, post } from '../api/client';
import { ApiError } from '../api/errors';
import type { ContractTerms, Id, OneRating, PositionView, RatedTwice, RerateRequest, RerateView, ServedChoice, StatementLine, StatementView, TemplateView } from '../api/types';
import { currentLocale, formatDateTime, formatNumber, needFace, useT } from '../i18n/t';
import { Empty } from '../ui/Empty';
import { formatMoney, formatPrice } from './money';
import amounts from './Amounts.module.css';
import css from './Rerate.module.css';
import { periodName } from './Statement';
import { TariffInWords } from './TariffInWords';
import { named, namesOf, quantityWords, type Names } from './words';

await Promise.all([needFace('admin'), needFace('billing')]);

type ContactRatedTwice = RerateView['contacts']['items'][number];

/** A quarter is what people ask about. */
const AT_FIRST = 3;

/** Where the other tariff is from: written here, a version of the contract, or the template of a trade, to be changed here. */
const FROM = ['terms', 'version', 'template'] as const;
type From = (typeof FROM)[number];

/** The question and its answer, for one client. */
export function Rerate({ client }: { client: Id }) {
  const t = useT();
  const statement = useQuery({ queryKey: ['statement', client, 'periods'], queryFn: ({ signal }) => get<StatementView>(path`/clients/${client}/statement`, { limit: 1 }, signal) });
  const draft = useQuery(draftOf(client));
  const { error } = statement;
  if (error instanceof ApiError && error.code === 'not_found') return <Empty title={t('billing.none')}>{t('billing.none_next')}</Empty>;
  if (!statement.data || !draft.data) return <Waiting error={error ?? draft.error} retry={() => void Promise.all([statement.refetch(), draft.refetch()])} />;
  return <Asking client={client} now={statement.data} terms={draft.data.terms} />;
}

function Asking({ client, now, terms: of }: { client: Id; now: StatementView; terms: ContractTerms }) {
  const t = useT();
  const versions = useQuery(contractsOf(client));
  // What is over comes first; a client of this month has only what goes on.
  const over = now.periods.slice(now.goes_on ? 1 : 0, (now.goes_on ? 1 : 0) + AT_FIRST);
  const [periods, setPeriods] = useState<string[]>(over.length > 0 ? over : now.periods.slice(0, 1));
  const [from, setFrom] = useState<From>('terms');
  const [version, setVersion] = useState<number>();
  const [by, setBy] = useState<ServedChoice | 'recorded'>('recorded');
  const [terms, setTerms] = useState<ContractTerms>(() => ({ ...of, tariff: of.tariff ?? now.tariff }));
  const templates = useQuery({
    queryKey: ['templates', currentLocale()], queryFn: ({ signal }) => get<TemplateView[]>('/templates', { language: currentLocale() }, signal), enabled: from === 'template',
  });
  const [trade, setTrade] = useState<string | null>(null);
  const template = templates.data?.find((one) => one.trade === trade);
  const [shown, setShown] = useState<RerateView>();
  const request = (part: Partial<RerateRequest>): RerateRequest => ({
    periods, tariff: from === 'version' ? { kind: 'version', version: version ?? versions.data?.[0]?.version ?? 1 } : { kind: 'terms', terms: terms.tariff ?? now.tariff },
    ...(by === 'recorded' ? {} : { answered_by: by }), ...part,
  });
  const ask = useMutation({
    mutationFn: (part: Partial<RerateRequest>) => post<RerateView>(path`/clients/${client}/rerating`, request(part)), meta: { quiet: true },
    onSuccess: (view, { cursor }) => setShown((before) => (cursor && before ? { ...view, contacts: { ...view.contacts, items: [...before.contacts.items, ...view.contacts.items] } } : view)),
  });
  const faults = faultsOf(ask.error);
  const names = namesOf(of);
  return (
    <>
      <Section title={t('billing.re_title')} hint={t('billing.re_why')}>
        <Fields>
          <MultiSelect
            label={t('billing.re_periods')} value={periods} maxValues={12} data={now.periods.map((name) => ({ value: name, label: periodName(name) }))} error={faultAt(faults, 'periods')}
            onChange={(chosen) => setPeriods(chosen)}
          />
          <Select
            label={t('billing.re_from')} allowDeselect={false} value={from} data={FROM.map((value) => ({ value, label: t(`billing.re_from_${value}`) }))}
            onChange={(value) => setFrom(FROM.find((one) => one === value) ?? 'terms')}
          />
          {from === 'version' && (
            <Select
              label={t('billing.re_version')} allowDeselect={false} value={String(version ?? versions.data?.[0]?.version ?? '')} error={faultAt(faults, 'tariff.version')}
              data={(versions.data ?? []).map((one) => ({ value: String(one.version), label: t('billing.re_version_of', { version: String(one.version), day: formatDateTime(one.valid_from, now.zone) }) }))}
              onChange={(value) => setVersion(Number(value))}
            />
          )}
          {from === 'template' && (
            <Select
              label={t('billing.re_template')} value={trade} data={(templates.data ?? []).map((one) => ({ value: one.trade, label: one.name }))}
              description={template && template.tariff.currency !== now.currency ? t('billing.re_template_currency', { currency: template.tariff.currency }) : undefined}
              onChange={(value) => {
                setTrade(value);
                const chosen = templates.data?.find((one) => one.trade === value);
                // A statement is in one currency; the template's prices are to be read in it, and changed below.
                if (chosen) setTerms({ ...terms, tariff: { ...chosen.tariff, currency: now.currency } });
              }}
            />
          )}
          <Select
            label={t('billing.re_by')} description={t('billing.re_by_hint')} allowDeselect={false} value={by}
            data={[{ value: 'recorded', label: t('billing.re_by_recorded') }, ...(['dedicated', 'shared'] as const).map((value) => ({ value, label: t(`billing.served_${value}`) }))]}
            onChange={(value) => setBy((value ?? 'recorded') as ServedChoice | 'recorded')} // only those above are offered
          />
        </Fields>
        <Refusal error={ask.error} />
        {from !== 'version' && (
          <details className={css.tariff} open={faults.length > 0 || undefined}>
            <summary>{t('billing.re_write')}</summary>
            <Faults value={faults}><Tariff terms={terms} set={(part) => setTerms({ ...terms, ...part })} /></Faults>
          </details>
        )}
        <div><Button loading={ask.isPending} disabled={periods.length === 0 || (from === 'template' && !template)} onClick={() => ask.mutate({})}>{t('billing.re_ask')}</Button></div>
      </Section>
      {shown && <Answer it={shown} zone={now.zone} names={names} busy={ask.isPending} onAsk={(part) => ask.mutate(part)} />}
    </>
  );
}

function Answer({ it, zone, names, busy, onAsk }: { it: RerateView; zone: string; names: Names; busy: boolean; onAsk: (part: Partial<RerateRequest>) => void }) {
  const t = useT();
  const money = (minor: number) => formatMoney(minor, it.currency);
  const [all, setAll] = useState(false);
  const of = it.periods.find(({ period }) => period === it.lines_of);
  const columns = ['period', 'contacts', 'is', 'would', 'difference'] as const;
  return (
    <>
      <Section title={t('billing.re_answer')} hint={t('billing.re_answer_hint')}>
        <Table label={t('billing.re_answer')} numbersFrom={1} columns={columns.map((column) => t(`billing.re_${column}`))}>
          {it.periods.map((one) => (
            <tr key={one.period}>
              <td>{periodName(one.period)}{one.goes_on && ` · ${t('billing.so_far')}`}</td>
              <td className={`num ${amounts.amount}`}>{formatNumber(one.contacts)}</td>
              <td className={`num ${amounts.amount}`}>{money(one.own.net_minor)}</td>
              <td className={`num ${amounts.amount}`}>{money(one.other.net_minor)}</td>
              <Change minor={one.other.net_minor - one.own.net_minor} of={one.own.net_minor} currency={it.currency} />
            </tr>
          ))}
          {it.periods.length > 1 && (
            <tr className={amounts.sum}>
              <td>{t('billing.net')}</td><td />
              <td className={`num ${amounts.amount}`}>{money(it.net_minor)}</td><td className={`num ${amounts.amount}`}>{money(it.other_net_minor)}</td>
              <Change minor={it.other_net_minor - it.net_minor} of={it.net_minor} currency={it.currency} />
            </tr>
          )}
        </Table>
        {it.periods.some((one) => one.seats_taken_for_full) && <Alert color="warn" variant="light">{t('billing.re_seats_full')}</Alert>}
        <details><summary>{t('billing.re_other_words')}</summary><TariffInWords tariff={it.tariff} names={names} /></details>
      </Section>
      {of && (
        <Section title={t('billing.re_positions')} hint={t('billing.re_positions_hint')}>
          {it.periods.length > 1 && (
            <Select
              label={t('billing.period')} w={220} allowDeselect={false} disabled={busy} value={it.lines_of} data={it.periods.map(({ period }) => ({ value: period, label: periodName(period) }))}
              onChange={(lines_of) => { if (lines_of) onAsk({ lines_of, unchanged: all }); }}
            />
          )}
          <div className={css.beside}><Positions side="own" of={of} currency={it.currency} /><Positions side="other" of={of} currency={it.currency} /></div>
        </Section>
      )}
      <Section title={t('billing.re_lines')} hint={t('billing.re_lines_hint', { count: it.differing })}>
        <Switch
          label={t('billing.re_unchanged')} checked={all} disabled={busy}
          onChange={(event) => {
            setAll(event.currentTarget.checked);
            onAsk({ lines_of: it.lines_of, unchanged: event.currentTarget.checked });
          }}
        />
        {it.contacts.items.length === 0 ? <Empty title={t('billing.re_none')} /> : <Lines contacts={it.contacts.items} zone={zone} currency={it.currency} />}
        {it.contacts.next && <div><Button variant="default" loading={busy} onClick={() => onAsk({ lines_of: it.lines_of, unchanged: all, cursor: it.contacts.next ?? null })}>{t('billing.more')}</Button></div>}
      </Section>
    </>
  );
}

/** What it would have cost more, or less. */
function Change({ minor, of, currency }: { minor: number; of: number; currency: string }) {
  const sign = minor > 0 ? '+' : '';
  const share = of > 0 ? ` (${sign}${formatNumber(Math.round((minor * 1000) / of) / 10)} %)` : '';
  return <td className={`num ${amounts.amount}`}>{sign}{formatMoney(minor, currency)}{share}</td>;
}

function Positions({ side, of, currency }: { side: 'own' | 'other'; of: RatedTwice; currency: string }) {
  const t = useT();
  const rating: OneRating = of[side];
  const label = t(side === 'own' ? 'billing.re_is' : 'billing.re_would');
  const name = (position: PositionView) => named(t, t(`billing.kind_${position.kind}`), position.name) + (position.band ? ` · ${position.band}` : '');
  return (
    <div>
      <h3>{label}</h3>
      <Table label={label} numbersFrom={1} columns={[t('billing.position'), t('billing.quantity'), t('billing.amount')]}>
        {rating.positions.map((position, at) => (
          // Positions have no id; they come anew as a whole.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={at}>
            <td>{name(position)}</td>
            <td className={`num ${amounts.amount}`}>{quantityWords(t, position.quantity, position.counted_in)}</td>
            <td className={`num ${amounts.amount}`}>{formatMoney(position.amount_minor, currency)}</td>
          </tr>
        ))}
        <tr className={amounts.sum}><td colSpan={2}>{t('billing.net')}</td><td className={`num ${amounts.amount}`}>{formatMoney(rating.net_minor, currency)}</td></tr>
      </Table>
    </div>
  );
}

function Lines({ contacts, zone, currency }: { contacts: readonly ContactRatedTwice[]; zone: string; currency: string }) {
  const t = useT();
  const side = (lines: readonly StatementLine[], milli: number) => (
    <>
      {lines.map((line) => (
        <div key={line.line} className={css.line}>
          {line.not_billed
            ? t(`billing.free_${line.not_billed}`)
            : `${[line.charge, line.band, line.included ? t('billing.included') : ''].filter(Boolean).join(' · ')}: ${quantityWords(t, line.billed, line.counted_in)}`}
        </div>
      ))}
      <strong className="num">{formatPrice(milli, currency)}</strong>
    </>
  );
  const columns = ['began', 'is', 'would', 'why_differs'] as const;
  return (
    <Table prose label={t('billing.re_lines')} columns={columns.map((column) => t(column === 'began' ? 'billing.began' : `billing.re_${column}`))}>
      {contacts.map((one) => (
        <tr key={one.contact}>
          <td className="num"><a href={`/contacts/${one.contact}`}>{formatDateTime(one.at, zone)}</a></td>
          <td>{side(one.own, one.own_milli)}</td>
          <td>{side(one.other, one.other_milli)}</td>
          <td>{one.why.length === 0 ? t('billing.re_same') : one.why.map((why) => t(`billing.re_why_${why}`)).join(' ')}</td>
        </tr>
      ))}
    </Table>
  );
}
