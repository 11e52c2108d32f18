import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { Statement } from '../../billing/Statement';
import { namesOf } from '../../billing/words';
import { BuyerDetails } from '../../invoices/Details';
import { Invoices } from '../../invoices/Invoices';
import { Tabs } from '../../invoices/Tabs';
import { draft as draftOf } from '../data';

// Fetched when somebody asks what another tariff would make of it.
const Rerate = lazy(() => import('../../billing/Rerate').then((module) => ({ default: module.Rerate })));

/** What a client owes, for whoever owns it. */
export default function Billing() {
  const { client } = useParams({ strict: false }) as { client: string };
  // For the names of its queues and dispositions.
  const { data } = useQuery(draftOf(client));
  return (
    <Tabs
      statement={<Statement key={client} client={client} {...(data ? { names: namesOf(data.terms) } : {})} />}
      invoices={<><Invoices key={client} client={client} provider /><BuyerDetails key={client} client={client} /></>}
      rerating={<Suspense><Rerate key={client} client={client} /></Suspense>}
    />
  );
}
