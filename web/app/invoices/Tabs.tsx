import { SegmentedControl } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { useT } from '../i18n/t';
import { usePlace } from './place';

/** The statement of now, what was asked for, or what another tariff would have made of it: that one is the provider's alone. */
export function Tabs({ statement, invoices, rerating }: { statement: ReactNode; invoices: ReactNode; rerating?: ReactNode }) {
  const t = useT();
  // An address that names invoices begins with them.
  const [{ invoice, state, q }] = usePlace();
  const [shown, setShown] = useState(invoice || state || q ? 'invoices' : 'statement');
  return (
    <>
      <SegmentedControl
        aria-label={t('billing.title')} value={shown} onChange={setShown} style={{ alignSelf: 'flex-start' }}
        data={[{ value: 'statement', label: t('billing.inv_statement') }, { value: 'invoices', label: t('billing.inv_title') }, ...(rerating ? [{ value: 'rerating', label: t('billing.re_tab') }] : [])]}
      />
      {shown === 'statement' ? statement : shown === 'invoices' ? invoices : rerating}
    </>
  );
}
