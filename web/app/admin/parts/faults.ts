// Faults of what was handed in, found by the path of their field: `periods[1].promise.threshold_s`.
import type { FaultView } from '../../api/types';

/** The words to show beside a field: what is wrong and what would be accepted. */
export function faultAt(faults: readonly FaultView[], field: string): string | undefined {
  const found = faults.filter((fault) => plain(fault.field) === field);
  return found.length === 0 ? undefined : found.map(({ message, next }) => `${message} ${next}`.trim()).join(' ');
}

/** The faults of a field and of everything below it. */
export function faultsUnder(faults: readonly FaultView[], field: string): FaultView[] {
  return faults.filter((fault) => {
    const path = plain(fault.field);
    return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
  });
}

/** The path without the envelope that a request may put around the terms. */
export const plain = (field: string): string => field.replace(/^(terms|contract|profile|hours|widget)\.(?=.)/, '');
