import { Select, TextInput } from '@mantine/core';

import { Fields } from '../../admin/parts/Page';
import type { PlanningBasis } from '../../api/types';
import { periodName } from '../../billing/Statement';
import { useT } from '../../i18n/t';
import { dayAfter } from '../../ui/day';
import { monthsOf } from '../data';

/** Which recorded days: a month, or from one day to another. */
export function Days({ basis, first, last, onChange, error }: {
  basis: PlanningBasis; first: string; last: string; onChange: (first: string, last: string) => void; error?: string | undefined;
}) {
  const t = useT();
  const months = monthsOf(basis);
  const whole = (month: { first: string; last: string }) => month.first.endsWith('-01') && dayAfter(month.last).endsWith('-01');
  const name = (month: { first: string; last: string }) =>
    `${periodName(month.first.slice(0, 7))}${whole(month) ? '' : ` (${Number(month.first.slice(8))}–${Number(month.last.slice(8))})`}`;
  const chosen = months.find((month) => month.first === first && month.last === last);
  return (
    <Fields>
      <Select
        label={t('planning.month')} placeholder={t('planning.other_days')} data={months.map((month) => ({ value: month.first, label: name(month) }))} value={chosen?.first ?? null}
        onChange={(value) => {
          const month = months.find((one) => one.first === value);
          if (month) onChange(month.first, month.last);
        }}
      />
      <TextInput
        type="date" label={t('planning.first_day')} value={first} min={basis.first_day ?? undefined} max={basis.last_day ?? undefined} error={error}
        onChange={(event) => onChange(event.currentTarget.value, last)}
      />
      <TextInput
        type="date" label={t('planning.last_day')} value={last} min={basis.first_day ?? undefined} max={basis.last_day ?? undefined}
        onChange={(event) => onChange(first, event.currentTarget.value)}
      />
    </Fields>
  );
}
