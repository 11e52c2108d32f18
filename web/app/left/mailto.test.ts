import { describe, expect, it } from 'vitest';

import { mailto } from './mailto';

const left = { email: 'jeanne+rooms@example.org', client_name: 'Hôtel & Fils', name: 'Jeanne', at: '2026-11-21T20:05:00Z', language: 'fr', body: 'Une chambre ?\nMerci' };
const read = (address: string) => new URL(address).searchParams;

describe('the mail to a customer', () => {
  it('goes to the customer and names the client', () => {
    const address = mailto(left);
    expect(address.split('?')[0]).toBe('mailto:jeanne%2Brooms@example.org');
    expect(read(address).get('subject')).toBe('Re: Hôtel & Fils');
  });

  it('quotes each line of what was left', () => {
    const lines = read(mailto(left)).get('body')?.split('\r\n');
    expect(lines?.slice(3, 5)).toEqual(['> Une chambre ?', '> Merci']);
    expect(lines?.[2]).toMatch(/^Jeanne, 2[12] novembre 2026/);
    expect(lines?.at(-1)).toBe('Hôtel & Fils');
  });

  it('cuts a long message between two signs', () => {
    const long = mailto({ ...left, name: null, body: '🙂'.repeat(1000) });
    const body = read(long).get('body') ?? '';
    expect(body).toContain(`> ${'🙂'.repeat(900)}…`);
    expect(body).toContain('jeanne+rooms@example.org, ');
  });
});
