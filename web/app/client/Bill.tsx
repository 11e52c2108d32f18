// What this billing period comes to so far, how far its bundles are used, and a warning before more than they hold is used.
import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

import { get, path } from '../api/client';
import type { BundleView, Id, StatementView } from '../api/types';
import { Bundles, Totals } from '../billing/Statement';
import { quantityWords } from '../billing/words';
import { formatDate, needFace, useT } from '../i18n/t';
import css from './Overview.module.css';

await needFace('billing');

/** What a bundle, or all packs that were begun, hold. */
export const heldBy = ({ included, carried }: BundleView): number => included + carried;

/** How a bundle is doing: used up already, going to be before the period is over, or well filled. */
export function standingOf(bundle: BundleView): 'over' | 'will_be' | 'filled' | 'fine' {
  if (bundle.beyond > 0) return 'over';
  // Of a charge in packs the next pack is simply begun.
  if (typeof bundle.packs !== 'number' && typeof bundle.forecast === 'number' && bundle.forecast > heldBy(bundle)) return 'will_be';
  return bundle.warned_at ? 'filled' : 'fine';
}

export default function Bill({ client }: { client: Id }) {
  const t = useT();
  const { data } = useQuery({
    queryKey: ['statement', client, 'overview'],
    queryFn: ({ signal }) => get<StatementView>(path`/clients/${client}/statement`, { limit: 1 }, signal),
    refetchInterval: 60_000,
    // Without a tariff in prices there is nothing to show.
    meta: { quiet: true },
  });
  if (!data) return null;
  return (
    <>
      {data.goes_on && data.bundles.map((bundle) => <Warning key={bundle.name} bundle={bundle} until={data.until} zone={data.zone} />)}
      <Totals it={data} />
      {data.bundles.length > 0 && <Bundles bundles={data.bundles} zone={data.zone} goesOn={data.goes_on} />}
      <Link to="/billing" className={css.link ?? ''}>{t('client.whole_bill')}</Link>
    </>
  );
}

function Warning({ bundle, until, zone }: { bundle: BundleView; until: string; zone: string }) {
  const t = useT();
  const stands = standingOf(bundle);
  if (stands === 'fine') return null;
  const words = (quantity: number) => quantityWords(t, quantity, bundle.counted_in);
  const held = heldBy(bundle);
  return (
    <Alert color={stands === 'over' ? 'danger' : 'warn'} variant="light" role="alert" icon={<IconAlertTriangle size={18} />} title={t(`client.bundle_${stands}`, { name: bundle.name })}>
      {stands === 'over'
        ? t('client.bundle_over_by', { beyond: words(bundle.beyond), held: words(held) })
        : t('client.bundle_used', { used: words(bundle.used), held: words(held) })}
      {' '}
      {typeof bundle.forecast === 'number' && t('client.bundle_forecast', { forecast: words(bundle.forecast), day: formatDate(Date.parse(until) - 1, zone) })}
    </Alert>
  );
}
