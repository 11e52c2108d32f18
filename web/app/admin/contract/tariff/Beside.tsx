// What a tariff has beside what is metered: bands, seats, fees.
import { Button, Fieldset, Group, Select, Stack, Switch, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useContext, type ReactNode } from 'react';

import type { BandTerms, FeeTerms, FeeWhenChoice, SeatsTerms } from '../../../api/types';
import { useT } from '../../../i18n/t';
import { HoursEditor } from '../../parts/HoursEditor';
import { Fields } from '../../parts/Page';
import { Faults, useField } from '../faults';
import { Whole } from '../Numbers';
import { changeAt, without } from '../terms';
import { Amount, UnitPrice } from './Amounts';

/** A list whose entries have a name, each in a frame. */
function Entries<T extends { name: string }>({ list, blank, add, onChange, children }: {
  list: readonly T[]; blank: T; add: string; onChange: (list: T[]) => void; children: (one: T, at: number, set: (part: Partial<T>) => void) => ReactNode;
}) {
  const t = useT();
  return (
    <>
      {list.map((one, at) => (
        // An entry is only ever changed in place or removed; its name is being typed.
        // oxlint-disable-next-line react/no-array-index-key
        <Fieldset key={at} legend={one.name || add}>
         <Stack gap="md">
          {children(one, at, (part) => onChange(changeAt(list, at, part)))}
          <Group justify="flex-end">
            <Button variant="subtle" color="gray" leftSection={<IconTrash size={14} />} onClick={() => onChange(without(list, at))}>{t('admin.remove_of', { name: one.name || add })}</Button>
          </Group>
         </Stack>
        </Fieldset>
      ))}
      <div><Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => onChange([...list, blank])}>{add}</Button></div>
    </>
  );
}

/** Hours with another price. */
export function Bands({ bands, onChange }: { bands: readonly BandTerms[]; onChange: (bands: BandTerms[]) => void }) {
  const t = useT();
  const field = useField();
  const faults = useContext(Faults);
  return (
    <Entries list={bands} blank={{ name: '', percent: 150, holidays: false, weekly: [] }} add={t('billing.add_band')} onChange={onChange}>
      {(band, at, set) => (
        <>
          <Fields>
            <TextInput label={t('admin.name')} value={band.name} {...field(`tariff.bands[${at}].name`)} onChange={(event) => set({ name: event.currentTarget.value })} />
            <Whole label={t('billing.percent')} description={t('billing.percent_hint')} suffix=" %" value={band.percent} {...field(`tariff.bands[${at}].percent`)} onChange={(percent) => set({ percent })} />
            <Switch label={t('billing.holidays')} checked={band.holidays ?? false} onChange={(event) => set({ holidays: event.currentTarget.checked })} />
          </Fields>
          <HoursEditor label={t('billing.hours')} value={band.weekly ?? []} faults={faults} path={`tariff.bands[${at}].weekly`} onChange={(weekly) => set({ weekly })} />
        </>
      )}
    </Entries>
  );
}

/** Seats of the client's own team. */
export function Seats({ seats, currency, onChange }: { seats: readonly SeatsTerms[]; currency: string; onChange: (seats: SeatsTerms[]) => void }) {
  const t = useT();
  const field = useField();
  const faults = useContext(Faults);
  const blank: SeatsTerms = { name: '', count: 1, basis: { kind: 'hour', price_milli: 0 }, hours: [], absent_hour_milli: null, notice_days: 30 };
  return (
    <Entries list={seats} blank={blank} add={t('billing.add_seats')} onChange={onChange}>
      {(seat, at, set) => {
        const path = `tariff.seats[${at}]`;
        return (
          <>
            <Fields>
              <TextInput label={t('admin.name')} value={seat.name} {...field(`${path}.name`)} onChange={(event) => set({ name: event.currentTarget.value })} />
              <Whole label={t('billing.seat_count')} value={seat.count} {...field(`${path}.count`)} onChange={(count) => set({ count })} />
              <Select
                label={t('billing.seat_basis')} allowDeselect={false} value={seat.basis.kind} data={(['hour', 'billing_period'] as const).map((kind) => ({ value: kind, label: t(`billing.basis_${kind}`) }))}
                onChange={(kind) => set({ basis: kind === 'hour' ? { kind, price_milli: 0 } : { kind: 'billing_period', price_minor: 0 } })}
              />
              {seat.basis.kind === 'hour' ? (
                <UnitPrice label={t('billing.seat_price')} currency={currency} value={seat.basis.price_milli} {...field(`${path}.basis.price_milli`)} onChange={(price_milli) => set({ basis: { kind: 'hour', price_milli } })} />
              ) : (
                <Amount label={t('billing.seat_price')} currency={currency} value={seat.basis.price_minor} {...field(`${path}.basis.price_minor`)} onChange={(price_minor) => set({ basis: { kind: 'billing_period', price_minor } })} />
              )}
              <Switch label={t('billing.absent')} checked={typeof seat.absent_hour_milli === 'number'} onChange={(event) => set({ absent_hour_milli: event.currentTarget.checked ? 0 : null })} />
              {typeof seat.absent_hour_milli === 'number' && (
                <UnitPrice label={t('billing.absent_price')} currency={currency} value={seat.absent_hour_milli} {...field(`${path}.absent_hour_milli`)} onChange={(absent_hour_milli) => set({ absent_hour_milli })} />
              )}
              <Whole label={t('billing.notice')} suffix={` ${t('billing.days')}`} value={seat.notice_days ?? 0} {...field(`${path}.notice_days`)} onChange={(notice_days) => set({ notice_days })} />
            </Fields>
            <HoursEditor label={t('billing.seat_hours')} value={seat.hours ?? []} faults={faults} path={`${path}.hours`} onChange={(hours) => set({ hours })} />
          </>
        );
      }}
    </Entries>
  );
}

/** Set-up, numbers, and whatever else is paid by the piece. */
export function Fees({ fees, currency, onChange }: { fees: readonly FeeTerms[]; currency: string; onChange: (fees: FeeTerms[]) => void }) {
  const t = useT();
  const field = useField();
  return (
    <Entries list={fees} blank={{ name: '', quantity: 1, price_minor: 0, when: 'each_period' }} add={t('billing.add_fee')} onChange={onChange}>
      {(fee, at, set) => (
        <Fields>
          <TextInput label={t('admin.name')} value={fee.name} {...field(`tariff.fees[${at}].name`)} onChange={(event) => set({ name: event.currentTarget.value })} />
          <Whole label={t('billing.quantity')} value={fee.quantity} {...field(`tariff.fees[${at}].quantity`)} onChange={(quantity) => set({ quantity })} />
          <Amount label={t('billing.fee_price')} currency={currency} value={fee.price_minor} {...field(`tariff.fees[${at}].price_minor`)} onChange={(price_minor) => set({ price_minor })} />
          <Select
            label={t('billing.fee_when')} allowDeselect={false} value={fee.when} data={(['each_period', 'once'] as const).map((one) => ({ value: one, label: t(`billing.when_${one}`) }))}
            onChange={(when) => { if (when) set({ when: when as FeeWhenChoice }); }} // only the two above are offered
          />
        </Fields>
      )}
    </Entries>
  );
}
