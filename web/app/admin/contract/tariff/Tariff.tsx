// What a contract costs, in the order in which it is applied, and the same in words.
import { MultiSelect, Select, Switch, Textarea, TextInput, Title } from '@mantine/core';

import type { NotBilledChoice, NotBilledTerms, TariffTerms } from '../../../api/types';
import { TariffInWords } from '../../../billing/TariffInWords';
import { namesOf } from '../../../billing/words';
import { useT } from '../../../i18n/t';
import { Fields, Section } from '../../parts/Page';
import { useField } from '../faults';
import { MaybeWhole, Whole } from '../Numbers';
import type { Edit } from '../terms';
import { Amount } from './Amounts';
import { Bands, Fees, Seats } from './Beside';
import { Charges } from './Charges';

const REASONS: readonly NotBilledChoice[] = ['wrong_number', 'spam', 'test', 'own_call'];

/** What it costs. */
export function Tariff({ terms, set }: Edit) {
  const t = useT();
  const field = useField();
  const { tariff } = terms;
  const change = (part: Partial<TariffTerms>) => { if (tariff) set({ tariff: { ...tariff, ...part } }); };
  return (
    <Section title={t('admin.tariff')} hint={t('admin.tariff_hint')} id="section-tariff">
      <Switch label={t('admin.tariff_agreed')} checked={Boolean(tariff)} onChange={(event) => set({ tariff: event.currentTarget.checked ? { currency: 'EUR', terms: '' } : null })} />
      {tariff && (
        <>
          <Fields>
            <TextInput label={t('admin.currency')} maxLength={3} value={tariff.currency} {...field('tariff.currency')} onChange={(event) => change({ currency: event.currentTarget.value.toUpperCase() })} />
            <Select
              label={t('billing.cycle')} allowDeselect={false} value={tariff.cycle?.kind ?? 'month'} {...field('tariff.cycle')} data={(['month', 'four_weeks'] as const).map((kind) => ({ value: kind, label: t(`billing.cycle_${kind}`) }))}
              onChange={(kind) => change({ cycle: kind === 'four_weeks' ? { kind, first: new Date().toISOString().slice(0, 10) } : { kind: 'month' } })}
            />
            {tariff.cycle?.kind === 'four_weeks' && (
              <TextInput type="date" label={t('billing.cycle_first')} value={tariff.cycle.first} {...field('tariff.cycle.first')} onChange={(event) => change({ cycle: { kind: 'four_weeks', first: event.currentTarget.value } })} />
            )}
            <TextInput label={t('billing.cut_off_zone')} placeholder={terms.zone} value={tariff.cut_off_zone ?? ''} {...field('tariff.cut_off_zone')} onChange={(event) => change({ cut_off_zone: event.currentTarget.value || null })} />
          </Fields>
          <Title order={3}>{t('billing.charges')}</Title>
          <Charges charges={tariff.charges ?? []} currency={tariff.currency} terms={terms} onChange={(charges) => change({ charges })} />
          <Title order={3}>{t('billing.not_billed')}</Title>
          <NotBilled notBilled={tariff.not_billed ?? {}} edit={{ terms, set }} onChange={(not_billed) => change({ not_billed })} />
          <Title order={3}>{t('billing.bands')}</Title>
          <Bands bands={tariff.bands ?? []} onChange={(bands) => change({ bands })} />
          {(tariff.bands ?? []).length > 0 && (
            <Select
              label={t('billing.banded')} maw={460} allowDeselect={false} value={tariff.banded ?? 'by_minute'} data={(['by_minute', 'by_start'] as const).map((one) => ({ value: one, label: t(`billing.banded_${one}`) }))}
              onChange={(banded) => change({ banded: banded === 'by_start' ? 'by_start' : 'by_minute' })}
            />
          )}
          <Title order={3}>{t('billing.seats')}</Title>
          <Seats seats={tariff.seats ?? []} currency={tariff.currency} onChange={(seats) => change({ seats })} />
          <Title order={3}>{t('billing.fees')}</Title>
          <Fees fees={tariff.fees ?? []} currency={tariff.currency} onChange={(fees) => change({ fees })} />
          <Rest tariff={tariff} change={change} />
          <Textarea label={t('admin.terms')} autosize minRows={2} maxRows={10} value={tariff.terms} {...field('tariff.terms')} onChange={(event) => change({ terms: event.currentTarget.value })} />
          <Title order={3}>{t('billing.in_words')}</Title>
          <TariffInWords tariff={tariff} names={namesOf(terms)} />
        </>
      )}
    </Section>
  );
}

/** As a label begins. */
const capital = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

function NotBilled({ notBilled, edit, onChange }: { notBilled: NotBilledTerms; edit: Edit; onChange: (notBilled: NotBilledTerms) => void }) {
  const t = useT();
  const field = useField();
  const { short, dispositions = [] } = notBilled;
  const options = (edit.terms.dispositions ?? []).map(({ id, label }) => ({ value: id, label: label || id }));
  return (
    <Fields>
      <MaybeWhole
        label={t('billing.short')} description={t('billing.short_hint')} suffix={` ${t('admin.seconds')}`} value={short?.below_s} {...field('tariff.not_billed.short.below_s')}
        onChange={(below_s) => onChange({ ...notBilled, short: below_s === null ? null : { ...short, below_s } })}
      />
      {short && (
        <MaybeWhole label={t('billing.short_max')} description={t('billing.short_max_hint')} value={short.free_max} onChange={(free_max) => onChange({ ...notBilled, short: { ...short, free_max } })} />
      )}
      {REASONS.map((reason) => (
        <MultiSelect
          key={reason} label={capital(t(`billing.free_${reason}`))} placeholder={t('billing.no_disposition')} data={options}
          value={dispositions.filter((one) => one.reason === reason).map(({ disposition }) => disposition)} {...field('tariff.not_billed.dispositions', true)}
          onChange={(chosen) => onChange({
            ...notBilled,
            // A disposition stands for one reason: whoever chooses it here takes it from the others.
            dispositions: [...dispositions.filter((one) => one.reason !== reason && !chosen.includes(one.disposition)), ...chosen.map((disposition) => ({ disposition, reason }))],
          })}
        />
      ))}
    </Fields>
  );
}

/** Minimum, credit, tax and notice. */
function Rest({ tariff, change }: { tariff: TariffTerms; change: (part: Partial<TariffTerms>) => void }) {
  const t = useT();
  const field = useField();
  const { credit, tax, currency } = tariff;
  return (
    <>
      <Fields>
        <Amount label={t('billing.minimum')} description={t('billing.minimum_hint')} currency={currency} value={tariff.minimum_minor ?? 0} {...field('tariff.minimum_minor')} onChange={(minimum_minor) => change({ minimum_minor })} />
        <Whole label={t('billing.notice')} suffix={` ${t('billing.days')}`} value={tariff.notice_days ?? 0} {...field('tariff.notice_days')} onChange={(notice_days) => change({ notice_days })} />
      </Fields>
      <Switch label={t('billing.has_tax')} checked={Boolean(tax)} onChange={(event) => change({ tax: event.currentTarget.checked ? { name: '', basis_points: 2000 } : null })} />
      {tax && (
        <Fields>
          <TextInput label={t('billing.tax_name')} value={tax.name} {...field('tariff.tax.name')} onChange={(event) => change({ tax: { ...tax, name: event.currentTarget.value } })} />
          <Whole label={t('billing.tax_rate')} allowDecimal decimalScale={2} suffix=" %" value={tax.basis_points / 100} {...field('tariff.tax.basis_points')} onChange={(rate) => change({ tax: { ...tax, basis_points: Math.round(rate * 100) } })} />
        </Fields>
      )}
      <Switch
        label={t('billing.has_credit')} checked={Boolean(credit)}
        onChange={(event) => change({ credit: event.currentTarget.checked ? { target_percent: 80, per_point: { kind: 'share', permille: 10 }, cap_percent: 15 } : null })}
      />
      {credit && (
        <Fields>
          <Whole label={t('billing.credit_target')} suffix=" %" value={credit.target_percent} {...field('tariff.credit.target_percent')} onChange={(target_percent) => change({ credit: { ...credit, target_percent } })} />
          <Select
            label={t('billing.credit_kind')} allowDeselect={false} value={credit.per_point.kind} data={(['share', 'amount'] as const).map((kind) => ({ value: kind, label: t(`billing.credit_${kind}`) }))}
            onChange={(kind) => change({ credit: { ...credit, per_point: kind === 'amount' ? { kind, amount_minor: 0 } : { kind: 'share', permille: 10 } } })}
          />
          {credit.per_point.kind === 'amount' ? (
            <Amount label={t('billing.credit_each')} currency={currency} value={credit.per_point.amount_minor} {...field('tariff.credit.per_point.amount_minor')} onChange={(amount_minor) => change({ credit: { ...credit, per_point: { kind: 'amount', amount_minor } } })} />
          ) : (
            <Whole label={t('billing.credit_each')} allowDecimal decimalScale={1} suffix=" %" value={credit.per_point.permille / 10} {...field('tariff.credit.per_point.permille')} onChange={(share) => change({ credit: { ...credit, per_point: { kind: 'share', permille: Math.round(share * 10) } } })} />
          )}
          <Whole label={t('billing.credit_cap')} suffix=" %" value={credit.cap_percent} {...field('tariff.credit.cap_percent')} onChange={(cap_percent) => change({ credit: { ...credit, cap_percent } })} />
        </Fields>
      )}
    </>
  );
}
