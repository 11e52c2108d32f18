// What is metered: each charge with whom it is for, what it counts, its price and its bundle.
import { Button, Fieldset, Group, MultiSelect, Select, Stack, Switch, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import type { BundleTerms, ChannelKind, ChargeTerms, ContractTerms, DirectionChoice, ScopeTerms, ServedChoice, SpanChoice, UnitTerms } from '../../../api/types';
import { useT } from '../../../i18n/t';
import { Fields } from '../../parts/Page';
import { useField } from '../faults';
import { Whole } from '../Numbers';
import { changeAt, without } from '../terms';
import { Amount, UnitPrice } from './Amounts';

const CHANNELS: readonly ChannelKind[] = ['voice', 'chat', 'mail', 'message', 'callback'];
const SERVED: readonly ServedChoice[] = ['shared', 'dedicated', 'overflow'];
const DIRECTIONS: readonly DirectionChoice[] = ['any', 'inbound', 'outbound'];
const CLASSES: readonly SpanChoice[] = ['talk', 'hold', 'wrap_up', 'queue', 'greeting', 'automated', 'ringing', 'patch'];
const UNITS: readonly UnitTerms['kind'][] = ['minute', 'contact', 'message', 'work'];
const INCREMENTS = ['1', '6', '15', '30', '60'];

/** A unit to begin with. */
function unitOf(kind: UnitTerms['kind']): UnitTerms {
  switch (kind) {
    case 'minute': return { kind, counts: ['talk', 'hold'], first_s: 60, next_s: 1, rounded: 'contact', minimum_s: 0, added_s: 0 };
    case 'work': return { kind, by_disposition: [], otherwise: 1 };
    case 'contact': return { kind };
    case 'message': return { kind };
  }
}

const BUNDLE: BundleTerms = { included: 100, per: 'billing_period', fee_minor: 0, unused: 'lapse', beyond: 'price', warn_percent: 80 };

type Props = { charges: readonly ChargeTerms[]; currency: string; terms: ContractTerms; onChange: (charges: ChargeTerms[]) => void };

/** All that is metered. */
export function Charges({ charges, currency, terms, onChange }: Props) {
  const t = useT();
  return (
    <>
      {charges.map((charge, at) => (
        <Charge
          // A charge is only ever changed in place or removed; its name is being typed.
          // oxlint-disable-next-line react/no-array-index-key
          key={at} charge={charge} path={`tariff.charges[${at}]`} currency={currency} terms={terms}
          onChange={(part) => onChange(changeAt(charges, at, part))} onRemove={() => onChange(without(charges, at))}
        />
      ))}
      <div>
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => onChange([...charges, { name: '', unit: unitOf('minute'), price_milli: 0, scope: {}, bundle: null }])}>
          {t('billing.add_charge')}
        </Button>
      </div>
    </>
  );
}

function Charge({ charge, path, currency, terms, onChange, onRemove }: {
  charge: ChargeTerms; path: string; currency: string; terms: ContractTerms; onChange: (part: Partial<ChargeTerms>) => void; onRemove: () => void;
}) {
  const t = useT();
  const field = useField();
  const { scope = {}, unit, bundle } = charge;
  const narrow = (part: Partial<ScopeTerms>) => onChange({ scope: { ...scope, ...part } });
  return (
    <Fieldset legend={charge.name || t('billing.new_charge')}>
     <Stack gap="md">
      <Fields>
        <TextInput label={t('admin.name')} description={t('billing.name_hint')} value={charge.name} {...field(`${path}.name`)} onChange={(event) => onChange({ name: event.currentTarget.value })} />
        <Select
          label={t('billing.unit')} allowDeselect={false} value={unit.kind} {...field(`${path}.unit`)} data={UNITS.map((kind) => ({ value: kind, label: t(`billing.unit_${kind}`) }))}
          onChange={(kind) => { if (kind) onChange({ unit: unitOf(kind as UnitTerms['kind']) }); }} // only the four above are offered
        />
        <UnitPrice label={t(`billing.price_per_${unit.kind}`)} currency={currency} value={charge.price_milli} {...field(`${path}.price_milli`)} onChange={(price_milli) => onChange({ price_milli })} />
      </Fields>
      <Fields>
        <MultiSelect
          label={t('billing.for_channels')} placeholder={scope.channels?.length ? '' : t('billing.any')} value={[...(scope.channels ?? [])]} data={CHANNELS.map((one) => ({ value: one, label: t(`admin.channel_${one}`) }))}
          {...field(`${path}.scope`)} onChange={(channels) => narrow({ channels: channels as ChannelKind[] })} // only the channels above are offered
        />
        <MultiSelect
          label={t('billing.for_queues')} placeholder={scope.queues?.length ? '' : t('billing.any')} value={[...(scope.queues ?? [])]} data={terms.queues.map(({ id, name }) => ({ value: id, label: name || id }))}
          {...field(`${path}.scope.queues`, true)} onChange={(queues) => narrow({ queues })}
        />
        <MultiSelect
          label={t('billing.for_served')} placeholder={scope.served?.length ? '' : t('billing.any')} value={[...(scope.served ?? [])]} data={SERVED.map((one) => ({ value: one, label: t(`billing.served_${one}`) }))}
          onChange={(served) => narrow({ served: served as ServedChoice[] })} // only the three above are offered
        />
        <Select
          label={t('billing.direction')} allowDeselect={false} value={scope.direction ?? 'any'} data={DIRECTIONS.map((one) => ({ value: one, label: t(`billing.direction_${one}`) }))}
          onChange={(direction) => { if (direction) narrow({ direction: direction as DirectionChoice }); }} // only the three above are offered
        />
      </Fields>
      <Unit unit={unit} path={`${path}.unit`} terms={terms} onChange={(next) => onChange({ unit: next })} />
      <Switch label={t('billing.has_bundle')} checked={Boolean(bundle)} onChange={(event) => onChange({ bundle: event.currentTarget.checked ? BUNDLE : null })} />
      {bundle && <Bundle bundle={bundle} minutes={unit.kind === 'minute'} path={`${path}.bundle`} currency={currency} onChange={(next) => onChange({ bundle: next })} />}
      <Group justify="flex-end">
        <Button variant="subtle" color="gray" leftSection={<IconTrash size={14} />} onClick={onRemove}>{t('admin.remove_of', { name: charge.name || t('billing.new_charge') })}</Button>
      </Group>
     </Stack>
    </Fieldset>
  );
}

function Unit({ unit, path, terms, onChange }: { unit: UnitTerms; path: string; terms: ContractTerms; onChange: (unit: UnitTerms) => void }) {
  const t = useT();
  const field = useField();
  if (unit.kind === 'minute') {
    const set = (part: Partial<typeof unit>) => onChange({ ...unit, ...part });
    const increment = (key: 'first_s' | 'next_s') => (
      <Select
        label={t(`billing.${key}`)} allowDeselect={false} value={String(unit[key])} {...field(`${path}.${key}`)} data={INCREMENTS.map((value) => ({ value, label: `${value} ${t('admin.seconds')}` }))}
        onChange={(next) => set(key === 'first_s' ? { first_s: Number(next) } : { next_s: Number(next) })}
      />
    );
    return (
      <Fields>
        <MultiSelect
          label={t('billing.counts')} value={[...unit.counts]} {...field(`${path}.counts`)} data={CLASSES.map((one) => ({ value: one, label: t(`billing.class_${one}`) }))}
          onChange={(counts) => set({ counts: counts as SpanChoice[] })} // only the classes above are offered
        />
        {increment('first_s')}
        {increment('next_s')}
        <Select
          label={t('billing.rounded')} allowDeselect={false} value={unit.rounded ?? 'contact'} data={(['contact', 'part'] as const).map((one) => ({ value: one, label: t(`billing.rounded_${one}`) }))}
          onChange={(rounded) => set({ rounded: rounded === 'part' ? 'part' : 'contact' })}
        />
        <Whole label={t('billing.minimum_s')} suffix={` ${t('admin.seconds')}`} value={unit.minimum_s ?? 0} {...field(`${path}.minimum_s`)} onChange={(minimum_s) => set({ minimum_s })} />
        <Whole label={t('billing.added_s')} description={t('billing.added_hint')} suffix={` ${t('admin.seconds')}`} value={unit.added_s ?? 0} {...field(`${path}.added_s`)} onChange={(added_s) => set({ added_s })} />
      </Fields>
    );
  }
  if (unit.kind !== 'work') return null;
  const by = unit.by_disposition ?? [];
  return (
    <Fields>
      <Whole label={t('billing.units_otherwise')} value={unit.otherwise} onChange={(otherwise) => onChange({ ...unit, otherwise })} />
      {(terms.dispositions ?? []).map(({ id, label }) => (
        <Whole
          key={id} label={t('billing.units_of', { name: label })} value={by.find(({ disposition }) => disposition === id)?.units ?? unit.otherwise}
          onChange={(units) => onChange({ ...unit, by_disposition: [...by.filter(({ disposition }) => disposition !== id), { disposition: id, units }] })}
        />
      ))}
    </Fields>
  );
}

function Bundle({ bundle, minutes, path, currency, onChange }: { bundle: BundleTerms; minutes: boolean; path: string; currency: string; onChange: (bundle: BundleTerms) => void }) {
  const t = useT();
  const field = useField();
  const set = (part: Partial<BundleTerms>) => onChange({ ...bundle, ...part });
  return (
    <Fields>
      <Whole label={t('billing.included')} suffix={minutes ? ` ${t('billing.min')}` : ''} value={bundle.included} {...field(`${path}.included`)} onChange={(included) => set({ included })} />
      <Amount label={t('billing.bundle_fee')} currency={currency} value={bundle.fee_minor} {...field(`${path}.fee_minor`)} onChange={(fee_minor) => set({ fee_minor })} />
      <Select
        label={t('billing.beyond_choice')} allowDeselect={false} value={bundle.beyond ?? 'price'} {...field(`${path}.per`)} data={(['price', 'another_pack'] as const).map((one) => ({ value: one, label: t(`billing.beyond_${one}`) }))}
        onChange={(beyond) => set({ beyond: beyond === 'another_pack' ? 'another_pack' : 'price' })}
      />
      <Select
        label={t('billing.unused')} allowDeselect={false} value={bundle.unused ?? 'lapse'} data={(['lapse', 'roll_over'] as const).map((one) => ({ value: one, label: t(`billing.unused_${one}`) }))}
        onChange={(unused) => set({ unused: unused === 'roll_over' ? 'roll_over' : 'lapse' })}
      />
      <Whole label={t('billing.warn_percent')} suffix=" %" value={bundle.warn_percent ?? 80} {...field(`${path}.warn_percent`)} onChange={(warn_percent) => set({ warn_percent })} />
    </Fields>
  );
}
