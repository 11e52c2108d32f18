// Sums over several clients that were compared.
import type { ComparedContract, ComparisonView, ServiceModel } from '../../api/types';

/** A price and what it leaves, in minor units. */
export type Sum = { price: number; margin: number };

/** The sums when all have the same contract, and when each has what is recommended; none where one of them has no such contract. */
export function sums(of: readonly ComparisonView[], models: readonly ServiceModel[]): Partial<Record<ServiceModel | 'advised', Sum>> {
  const sum = (pick: (it: ComparisonView) => ServiceModel | null | undefined): Sum | undefined => {
    const picked = of.map((it): ComparedContract | undefined => it.contracts.find(({ model }) => model === pick(it)));
    if (picked.length === 0 || picked.some((one) => typeof one?.price_minor.mean !== 'number' || typeof one.margin_minor.mean !== 'number')) return undefined;
    return picked.reduce((all, one) => ({ price: all.price + (one?.price_minor.mean ?? 0), margin: all.margin + (one?.margin_minor.mean ?? 0) }), { price: 0, margin: 0 });
  };
  const all: Partial<Record<ServiceModel | 'advised', Sum>> = {};
  for (const model of models) {
    const of_all = sum(() => model);
    if (of_all) all[model] = of_all;
  }
  const advised = sum(({ advice }) => advice);
  if (advised) all.advised = advised;
  return all;
}
