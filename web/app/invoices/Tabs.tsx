import { SegmentedControl } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { useT } from '../i18n/t';
import { usePlace } from './place';

/** The statement of now, or what was asked for. */
export function Tabs({ statement, invoices }: { statement: ReactNode; invoices: ReactNode }) {
  const t = useT();
  // An address that names invoices begins with them.
  const [{ invoice, state, q }] = usePlace();
  const [shown, setShown] = useState(invoice || state || q ? 'invoices' : 'statement');
  return (
    <>
      <SegmentedControl
        aria-label={t('billing.title')} value={shown} onChange={setShown} style={{ alignSelf: 'flex-start' }}
        data={[{ value: 'statement', label: t('billing.inv_statement') }, { value: 'invoices', label: t('billing.inv_title') }]}
      />
      {shown === 'statement' ? statement : invoices}
    </>
  );
}
