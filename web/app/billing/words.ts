// A tariff in words: what somebody who pays it wants to know, a sentence each.
import type { BandTerms, ChargeTerms, ContractTerms, CreditTerms, FeeTerms, SeatsTerms, TariffTerms } from '../api/types';
import { dayName } from '../admin/parts/names';
import { formatDate, formatNumber, formatPermille, type t as T } from '../i18n/t';
import { formatMoney, formatPrice } from './money';

type Words = typeof T;

/** Names of what a tariff refers to by id. */
export type Names = { queue: (id: string) => string; disposition: (id: string) => string };

/** The names as a contract's terms have them. */
export const namesOf = (terms: Pick<ContractTerms, 'queues' | 'dispositions'>): Names => ({
  queue: (id) => terms.queues.find((queue) => queue.id === id)?.name ?? id,
  disposition: (id) => (terms.dispositions ?? []).find((one) => one.id === id)?.label ?? id,
});

const list = (words: readonly string[]): string => words.join(', ');

/** Seconds or pieces of what a charge counts, in a few words. */
export function quantityWords(t: Words, quantity: number, countedIn: 'seconds' | 'pieces' | 'points'): string {
  if (countedIn === 'seconds') {
    const minutes = Math.floor(quantity / 60);
    const seconds = quantity % 60;
    return seconds === 0 ? t('billing.minutes', { count: minutes }) : t('billing.minutes_seconds', { minutes: formatNumber(minutes), seconds: String(seconds).padStart(2, '0') });
  }
  return countedIn === 'points' ? t('billing.points', { count: quantity }) : formatNumber(quantity);
}

/** What a position is, and its name where it has one. */
export const named = (t: Words, what: string, name: string | null | undefined): string => (name ? t('billing.named', { what, name }) : what);

/** What one of its units is called. */
export const unitWords = (t: Words, charge: ChargeTerms): string => t(`billing.per_${charge.unit.kind}`);

function scopeWords(t: Words, { scope }: ChargeTerms, names: Names): string[] {
  const words: string[] = [];
  if (scope?.channels?.length) words.push(list(scope.channels.map((channel) => t(`admin.channel_${channel}`))));
  if (scope?.queues?.length) words.push(list(scope.queues.map(names.queue)));
  if (scope?.served?.length) words.push(list(scope.served.map((served) => t(`billing.served_${served}`))));
  if (scope?.direction && scope.direction !== 'any') words.push(t(`billing.direction_${scope.direction}`));
  return words;
}

function countWords(t: Words, { unit }: ChargeTerms, names: Names): string[] {
  if (unit.kind === 'work') {
    const by = (unit.by_disposition ?? []).map(({ disposition, units }) => t('billing.says_units', { name: names.disposition(disposition), count: units }));
    return [list([...by, t('billing.says_units_otherwise', { count: unit.otherwise })])];
  }
  if (unit.kind !== 'minute') return [];
  const words = [
    t('billing.says_counts', { classes: list(unit.counts.map((one) => t(`billing.class_${one}`))) }),
    unit.first_s === unit.next_s ? t('billing.says_increment', { next: String(unit.next_s) }) : t('billing.says_increments', { first: String(unit.first_s), next: String(unit.next_s) }),
  ];
  if (unit.rounded === 'part') words.push(t('billing.says_by_part'));
  if (unit.minimum_s) words.push(t('billing.says_at_least', { seconds: String(unit.minimum_s) }));
  if (unit.added_s) words.push(t('billing.says_added', { seconds: String(unit.added_s) }));
  return words;
}

function chargeWords(t: Words, charge: ChargeTerms, currency: string, names: Names): string {
  const price = t('billing.says_price', { name: charge.name, price: formatPrice(charge.price_milli, currency), unit: unitWords(t, charge) });
  const words = [...scopeWords(t, charge, names), ...countWords(t, charge, names)];
  const { bundle } = charge;
  const sentences = [words.length > 0 ? `${price} (${words.join('; ')}).` : `${price}.`];
  if (bundle) {
    const included = charge.unit.kind === 'minute' ? t('billing.minutes', { count: bundle.included }) : formatNumber(bundle.included);
    const fee = formatMoney(bundle.fee_minor, currency);
    sentences.push(t(bundle.beyond === 'another_pack' ? 'billing.says_packs' : 'billing.says_bundle', { included, fee }));
    sentences.push(t(bundle.unused === 'roll_over' ? 'billing.says_rolls_over' : 'billing.says_lapses'));
  }
  return sentences.join(' ');
}

function bandWords(t: Words, band: BandTerms): string {
  const hours = (band.weekly ?? []).map(({ days, from, until }) => `${list(days.map((day) => dayName(day, 'short')))} ${from}–${until}`);
  if (band.holidays) hours.push(t('billing.says_holidays'));
  return t('billing.says_band', { name: band.name, hours: list(hours), percent: formatNumber(band.percent) });
}

/** The first day on which a notice of so many days has run, when it is given on that day. */
function runs(today: Date, days: number): string {
  const day = new Date(today);
  day.setDate(day.getDate() + days);
  return formatDate(day);
}

function seatWords(t: Words, seat: SeatsTerms, currency: string, today: Date): string {
  const price = seat.basis.kind === 'hour' ? formatPrice(seat.basis.price_milli, currency) : formatMoney(seat.basis.price_minor, currency);
  const words = [t(`billing.says_seats_${seat.basis.kind}`, { count: seat.count, name: seat.name, price })];
  if (typeof seat.absent_hour_milli === 'number') words.push(t('billing.says_absent', { price: formatPrice(seat.absent_hour_milli, currency) }));
  if (seat.notice_days) words.push(t('billing.says_seats_notice', { count: seat.notice_days }), t('billing.says_seats_from', { day: runs(today, seat.notice_days) }));
  return words.join(' ');
}

const feeWords = (t: Words, fee: FeeTerms, currency: string): string =>
  t(`billing.says_fee_${fee.when}`, { name: fee.name, quantity: formatNumber(fee.quantity), price: formatMoney(fee.price_minor, currency) });

function creditWords(t: Words, credit: CreditTerms, currency: string): string {
  const each = credit.per_point.kind === 'amount' ? formatMoney(credit.per_point.amount_minor, currency) : formatPermille(credit.per_point.permille);
  return t('billing.says_credit', { target: formatNumber(credit.target_percent), each, cap: formatNumber(credit.cap_percent) });
}

/** Everything that a tariff says, in the order in which it is applied; what a notice of today would come to. */
export function tariffInWords(t: Words, tariff: TariffTerms, names: Names, today = new Date()): string[] {
  const { currency } = tariff;
  const words: string[] = [];
  if (tariff.cycle?.kind === 'four_weeks') words.push(t('billing.says_four_weeks', { first: tariff.cycle.first }));
  else words.push(t('billing.says_month'));
  words.push(t('billing.says_never'));
  const short = tariff.not_billed?.short;
  if (short) {
    words.push(typeof short.free_max === 'number'
      ? t('billing.says_short_first', { seconds: String(short.below_s), count: short.free_max })
      : t('billing.says_short', { seconds: String(short.below_s) }));
  }
  const free = tariff.not_billed?.dispositions ?? [];
  if (free.length > 0) words.push(t('billing.says_free', { names: list(free.map(({ disposition }) => names.disposition(disposition))) }));
  for (const charge of tariff.charges ?? []) words.push(chargeWords(t, charge, currency, names));
  const bands = tariff.bands ?? [];
  for (const band of bands) words.push(bandWords(t, band));
  if (bands.length > 0) words.push(t(tariff.banded === 'by_start' ? 'billing.says_by_start' : 'billing.says_by_minute'));
  for (const seat of tariff.seats ?? []) words.push(seatWords(t, seat, currency, today));
  if (tariff.minimum_minor) words.push(t('billing.says_minimum', { amount: formatMoney(tariff.minimum_minor, currency) }));
  for (const fee of tariff.fees ?? []) words.push(feeWords(t, fee, currency));
  if (tariff.credit) words.push(creditWords(t, tariff.credit, currency));
  if (tariff.tax) words.push(t('billing.says_tax', { name: tariff.tax.name, rate: formatPermille(tariff.tax.basis_points / 10, 2) }));
  if (tariff.notice_days) words.push(`${t('billing.says_notice', { count: tariff.notice_days })} ${t('billing.says_ends_on', { day: runs(today, tariff.notice_days) })}`);
  return words;
}
