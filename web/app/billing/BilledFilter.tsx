import { SegmentedControl } from '@mantine/core';

import { useT } from '../i18n/t';

/** Which lines are shown; as the servers' `billed` has them. */
export type Billed = 'all' | 'true' | 'false';

/** Chooses all lines, those that are billed, or those that are not. */
export function BilledFilter({ value, onChange }: { value: Billed; onChange: (next: Billed) => void }) {
  const t = useT();
  return (
    <SegmentedControl
      aria-label={t('billing.lines')} value={value} onChange={(next) => onChange(next as Billed)} // only the three below are offered
      data={(['all', 'true', 'false'] as const).map((which) => ({ value: which, label: t(`billing.show_${which}`) }))} style={{ alignSelf: 'flex-start' }}
    />
  );
}
