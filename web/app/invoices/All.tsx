import { Page } from '../admin/parts/Page';
import { needFace, useT } from '../i18n/t';
import { SellerDetails } from './Details';
import { Invoices } from './Invoices';
import { OpenDisputes } from './Open';

await needFace('billing');

/** Invoices of all clients, and how the provider bills. */
export default function All() {
  const t = useT();
  return <Page title={t('billing.inv_title')} why={t('billing.inv_why')}><OpenDisputes /><Invoices provider /><SellerDetails /></Page>;
}
