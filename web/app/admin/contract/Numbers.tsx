import { NumberInput, type NumberInputProps } from '@mantine/core';

type Props = Omit<NumberInputProps, 'value' | 'onChange'> & { value: number; onChange: (value: number) => void };
type MaybeProps = Omit<NumberInputProps, 'value' | 'onChange'> & { value: number | null | undefined; onChange: (value: number | null) => void };

/** A whole number. What is out of range is told by the server, with what it found. */
export const Whole = ({ value, onChange, ...rest }: Props) => (
  <NumberInput allowDecimal={false} allowNegative={false} clampBehavior="none" {...rest} value={value} onChange={(next) => onChange(Number(next) || 0)} />
);

/** A whole number that may be left out. */
export const MaybeWhole = ({ value, onChange, ...rest }: MaybeProps) => (
  <NumberInput allowDecimal={false} allowNegative={false} clampBehavior="none" {...rest} value={value ?? ''} onChange={(next) => onChange(next === '' ? null : Number(next))} />
);
