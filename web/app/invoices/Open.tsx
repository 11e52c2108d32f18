// What clients dispute and nobody has answered yet, the one that waits longest first.
import { useQuery } from '@tanstack/react-query';

import { allClients, nameIn } from '../admin/data';
import { Section, Table } from '../admin/parts/Page';
import { get } from '../api/client';
import { useMe } from '../api/session';
import type { DisputeView } from '../api/types';
import { formatDateTime, useT } from '../i18n/t';
import amounts from '../billing/Amounts.module.css';
import { usePlace } from './place';

/** Between two looks. */
const EVERY_MS = 60_000;

/** Open disputes of all clients; each is answered on its invoice. */
export function OpenDisputes() {
  const t = useT();
  const { zone } = useMe();
  const [place, go] = usePlace();
  const clients = useQuery(allClients);
  const { data } = useQuery({ queryKey: ['invoices', 'disputes'], queryFn: ({ signal }) => get<DisputeView[]>('/disputes', undefined, signal), refetchInterval: EVERY_MS, meta: { quiet: true } });
  // An open document shows its own disputes.
  if (!data || data.length === 0 || place.invoice) return null;
  return (
    <Section title={t('billing.inv_open_disputes')} hint={t('billing.inv_open_disputes_hint')}>
      <Table label={t('billing.inv_open_disputes')} columns={[t('billing.inv_raised_at'), t('billing.inv_client'), t('billing.inv_said'), t('billing.inv_raised_by')]}>
        {data.map((dispute) => (
          <tr key={dispute.id}>
            <td><button type="button" className={amounts.open} onClick={() => go({ invoice: dispute.invoice, of: dispute.client })}>{formatDateTime(dispute.raised, zone)}</button></td>
            <td>{nameIn(clients.data, dispute.client)}</td>
            <td>{dispute.reason}</td>
            <td>{dispute.raised_by}</td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}
