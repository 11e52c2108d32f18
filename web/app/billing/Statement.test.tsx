import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { LineExplained, StatementLine, StatementView, TariffTerms } from '../api/types';
import { needFace, setLocale, t } from '../i18n/t';
import { endLive, placeHub } from '../live/hub';
import { open, person } from '../testing/scripted';
import { formatMoney, formatPrice } from './money';
import { namesOf, quantityWords, tariffInWords } from './words';

await Promise.all([needFace('admin'), needFace('billing')]);

const tariff: TariffTerms = {
  currency: 'EUR', terms: '', cycle: { kind: 'month' }, notice_days: 30, minimum_minor: 5000,
  charges: [{
    name: 'Calls', price_milli: 175_000, scope: { channels: ['voice'], queues: ['q1'], direction: 'inbound' },
    unit: { kind: 'minute', counts: ['talk', 'hold'], first_s: 60, next_s: 6, added_s: 60 },
    bundle: { included: 125, per: 'billing_period', fee_minor: 35_000, unused: 'roll_over' },
  }],
  not_billed: { short: { below_s: 30, free_max: 30 }, dispositions: [{ disposition: 'd1', reason: 'spam' }] },
  bands: [{ name: 'Night', percent: 150, weekly: [{ days: ['monday'], from: '20:00', until: '24:00' }] }],
  fees: [{ name: 'Number', quantity: 3, price_minor: 500, when: 'each_period' }],
  tax: { name: 'TVA', basis_points: 2000 },
};
const names = namesOf({ queues: [{ id: 'q1', name: 'Support' } as never], dispositions: [{ id: 'd1', label: 'Spam' }] }); // only names are asked for
const line = (change: Partial<StatementLine> = {}): StatementLine => ({
  line: 'x.0.-.at', contact: 'x', at: '2026-11-03T09:00:00Z', charge: 'Calls', included: false, counted_ms: 85_000, billed: 120, counted_in: 'seconds', amount_milli: 350_000, ...change,
});
const statement: StatementView = {
  client: 'k1', period: '2026-11', periods: ['2026-11', '2026-10'], from: '2026-10-31T23:00:00Z', until: '2026-11-30T23:00:00Z', zone: 'Europe/Paris', goes_on: true,
  currency: 'EUR', decimals: 2, contacts: 2, net_minor: 35_350, tax_name: 'TVA', tax_minor: 7070, total_minor: 42_420, tariff, other_tariffs: [{ from: '2026-12-31T23:00:00Z', tariff: { ...tariff, terms: 'Dearer by a tenth.' } }], service_level_permille: 853,
  positions: [
    { kind: 'bundle', name: 'Calls', version: 3, quantity: 1, counted_in: 'pieces', contacts: 0, amount_minor: 35_000 },
    { kind: 'metered', name: 'Calls', band: 'Night', version: 3, quantity: 120, counted_in: 'seconds', contacts: 1, amount_minor: 350 },
  ],
  bundles: [{ name: 'Calls', counted_in: 'seconds', included: 7500, carried: 600, used: 8220, beyond: 120, forecast: 20_000, warned_at: '2026-11-20T09:00:00Z' }],
  not_billed: [{ reason: 'spam', contacts: 1 }], forecast: { net_minor: 90_000, tax_minor: 18_000, total_minor: 108_000 },
  lines: { items: [line(), line({ line: 'y.free', contact: 'y', charge: null, not_billed: 'spam', counted_ms: 0, billed: 0, amount_milli: 0 })], next: 'more' },
};
const explained: LineExplained = {
  line: line({ band: 'Night' }), period: '2026-11', currency: 'EUR', decimals: 2, version: 3, charge: tariff.charges?.[0] ?? null, percent: 150, used_before: 7500, lines: [line()],
  spans: [{ from: '2026-11-03T09:00:00Z', length_ms: 85_000, class: 'talk', agent: 'Ada', counts: true }],
  contact: {
    line: { contact: 'x', client: 'k1', client_name: 'K', queue: 'q1', queue_name: 'Support', channel: 'voice', arrived: '2026-11-03T09:00:00Z', state: 'handled', recorded: true, agents: ['Ada'], customer: 'Zoé' },
    zone: 'Europe/Paris', timeline: [{ at: '2026-11-03T09:00:00Z', event: 'answered', text: 'It was answered.', code: 'answered', args: [] }], decisions: [], messages: [], notes: [],
  },
};
const manager = person({ role: 'client_manager', name: 'Maud', client: { id: 'k1', name: 'Hôtel Saint-Roch', zone: 'Europe/Paris' } });

describe('the statement', () => {
  afterEach(async () => {
    endLive();
    placeHub(undefined);
    vi.unstubAllGlobals();
    await setLocale('en');
  });

  it('shows what a month comes to, how far the bundle is used, and each line with its reason', async () => {
    const { asked } = await open('/billing', manager, { 'GET /clients/k1/statement': statement, 'GET /clients/k1/contract': { terms: { queues: [{ id: 'q1', name: 'Support' }] } }, 'GET /clients/k1/statement/lines/x.0.-.at': explained });
    await screen.findByText('€424.20', { selector: 'dd' });
    expect(screen.getByText('€1,080.00')).toBeVisible();
    expect(screen.getByRole('meter', { name: 'Calls' })).toHaveAttribute('aria-valuetext', '137 min of 135 min');
    const positions = within(screen.getByRole('table', { name: 'Positions' }));
    expect(positions.getByRole('row', { name: 'Metered: Calls · Night 2 min 1 €3.50' })).toBeVisible();
    const lines = within(screen.getByRole('table', { name: 'Lines' }));
    expect(lines.getByText('spam')).toBeVisible();
    expect(screen.getByRole('button', { name: 'More lines' })).toBeVisible();
    // What is agreed upon for later stands below what holds, folded.
    expect(screen.getByText('Dearer by a tenth.')).not.toBeVisible();
    await userEvent.click(screen.getByText('From Fri, January 1, 2027 on'));
    expect(screen.getByText('Dearer by a tenth.')).toBeVisible();
    // Only those that are not billed.
    await userEvent.click(screen.getByRole('radio', { name: 'Not billed' }));
    await waitFor(() => expect(asked.filter(({ path }) => path === '/clients/k1/statement').length).toBeGreaterThan(1));
    // Two clicks from the statement to what happened.
    const [first] = screen.getAllByRole('button', { name: /Nov/ });
    if (!first) throw new Error('no line to open');
    await userEvent.click(first);
    const drawer = within(await screen.findByRole('dialog', { name: 'Why this line' }));
    expect(await drawer.findByText('Counted (talk, hold): 01:25.')).toBeVisible();
    expect(drawer.getByText('2 min at €1.75 a minute: €3.50. In “Night” the price is 150 %.')).toBeVisible();
    expect(drawer.getByText('It was answered.')).toBeVisible();
    expect(drawer.getByRole('link', { name: 'Open the contact' })).toHaveAttribute('href', '/contacts/x');
  });

  it('leads the provider’s owners from the address of a client’s bill to all invoices', async () => {
    const { asked } = await open('/billing', person({ role: 'administrator' }), {});
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain('/invoices'));
    expect(asked.filter(({ path }) => path.startsWith('/clients//'))).toEqual([]);
  });

  it('says what to do where there is no tariff yet', async () => {
    await open('/billing', manager, { 'GET /clients/k1/contract': { terms: { queues: [{ id: 'q1', name: 'Support' }] } } });
    expect(await screen.findByText('No tariff with prices yet')).toBeVisible();
  });

  it('says a tariff in sentences, in each language', async () => {
    const words = tariffInWords(t, tariff, names);
    expect(words).toContain('Calls: €1.75 a minute (Calls; Support; inbound; counts: talk, hold; rounded up to 60 s, then to 6 s; 60 s added to each contact). 125 min are included for €350.00; beyond them each at its price. What is not used is used first in the next billing period, and lapses with that.');
    expect(words).toContain('Night (Mon 20:00–24:00): 150 % of the price.');
    const notice = tariffInWords(t, { ...tariff, seats: [{ name: 'Team', count: 2, basis: { kind: 'billing_period', price_minor: 90_000 }, notice_days: 3 }] }, names, new Date(2026, 10, 28, 9));
    // Thirty days on from the 28th of November, and three.
    expect(notice.at(-1)).toBe('The agreement ends with 30 days of notice. With a notice of today: on Mon, December 28, 2026.');
    expect(notice.find((sentence) => sentence.includes('Team'))).toMatch(/ Their number changes with 3 days of notice\. With a notice of today: from Tue, December 1, 2026\.$/);
    expect(words).toContain('Contacts that end as one of these are free: Spam.');
    for (const locale of ['fr', 'ru'] as const) {
      await setLocale(locale);
      const said = tariffInWords(t, tariff, names);
      expect(said).toHaveLength(words.length);
      for (const sentence of said) expect(sentence).not.toMatch(/billing\.|\{\w+\}/);
    }
  });

  it('shows amounts to the minor unit and prices finer', () => {
    expect([formatMoney(1250, 'EUR'), formatMoney(-1250, 'EUR'), formatMoney(1250, 'JPY')]).toEqual(['€12.50', '-€12.50', '¥1,250']);
    expect([formatPrice(1500, 'EUR'), formatPrice(175_000, 'EUR')]).toEqual(['€0.015', '€1.75']);
    expect([quantityWords(t, 60, 'seconds'), quantityWords(t, 85, 'seconds'), quantityWords(t, 1200, 'pieces')]).toEqual(['1 min', '1:25 min', '1,200']);
  });
});
