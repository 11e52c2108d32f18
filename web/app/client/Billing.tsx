import { useQuery } from '@tanstack/react-query';

import { Page } from '../admin/parts/Page';
import { get, path } from '../api/client';
import { useMe } from '../api/session';
import type { AgreedContract } from '../api/types';
import { Statement } from '../billing/Statement';
import { namesOf } from '../billing/words';
import { useT } from '../i18n/t';
import { Invoices } from '../invoices/Invoices';
import { Tabs } from '../invoices/Tabs';

/** What a client's own company owes, for its manager. */
export default function Billing() {
  const t = useT();
  const client = useMe().client?.id ?? '';
  // For the names of its queues and dispositions; without a contract there is no statement either.
  const { data } = useQuery({
    queryKey: ['contract', client, 'names'], queryFn: () => get<AgreedContract>(path`/clients/${client}/contract`), meta: { quiet: true },
  });
  return (
    <Page title={t('billing.title')} why={t('billing.why')}>
      <Tabs statement={<Statement client={client} {...(data ? { names: namesOf(data.terms) } : {})} />} invoices={<Invoices client={client} provider={false} />} />
    </Page>
  );
}
