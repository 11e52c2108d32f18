// Fields for amounts: people type decimals of the currency, the terms hold whole numbers.
import { NumberInput, type NumberInputProps } from '@mantine/core';

import { decimalsOf } from '../../../billing/money';

type Props = Omit<NumberInputProps, 'value' | 'onChange'> & { value: number; currency: string; onChange: (value: number) => void };

const field = (places: number) => function Field({ value, currency, onChange, ...rest }: Props) {
  const decimals = decimalsOf(currency);
  const unit = 10 ** (decimals + places);
  return (
    <NumberInput
      decimalScale={decimals + places} clampBehavior="none" suffix={` ${currency}`} {...rest} value={value / unit}
      onChange={(next) => onChange(Math.round((Number(next) || 0) * unit))}
    />
  );
};

/** Whole minor units. */
export const Amount = field(0);
/** Thousandths of the minor unit: the price of a minute may be less than a cent. */
export const UnitPrice = field(3);
