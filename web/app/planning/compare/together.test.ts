import { describe, expect, it } from 'vitest';

import type { ComparedContract, ComparisonView, ServiceModel } from '../../api/types';
import { sums } from './together';

const contract = (model: ServiceModel, price: number | null, margin: number | null) => ({ model, price_minor: { mean: price }, margin_minor: { mean: margin } }) as unknown as ComparedContract;
const view = (client: string, advice: ServiceModel | null, ...contracts: ComparedContract[]) => ({ client, advice, contracts }) as unknown as ComparisonView;

describe('several clients', () => {
  const one = view('A', 'shared', contract('shared', 100, 20), contract('dedicated', 300, 50));
  const two = view('B', 'dedicated', contract('shared', 500, -40), contract('dedicated', 400, 90), contract('hybrid', 450, 60));

  it('are summed alike, and as recommended', () => {
    const all = sums([one, two], ['shared', 'dedicated', 'hybrid']);
    expect(all.shared).toEqual({ price: 600, margin: -20 });
    expect(all.dedicated).toEqual({ price: 700, margin: 140 });
    expect(all.advised).toEqual({ price: 500, margin: 110 });
  });

  it('have no sum where one has no such contract, no price or no advice', () => {
    expect(sums([one, two], ['hybrid']).hybrid).toBeUndefined();
    expect(sums([one, view('C', null, contract('shared', null, null))], ['shared'])).toEqual({});
    expect(sums([], ['shared'])).toEqual({});
  });
});
