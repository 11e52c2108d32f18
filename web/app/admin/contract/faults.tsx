import { createContext, useContext } from 'react';

import type { FaultView } from '../../api/types';
import { faultsUnder, plain } from '../parts/faults';

/** The faults of the terms on screen; every field finds its own by its path. */
export const Faults = createContext<readonly FaultView[]>([]);

/** The id of the field at a path, so that a fault can lead there. */
export const fieldId = (path: string): string => `field-${path.replace(/[^a-z0-9]+/gi, '-')}`;

/** What a field shows of its faults: its id and its words. With `deep`, those of everything below it too. */
export function useField(): (path: string, deep?: boolean) => { id: string; error: string | undefined } {
  const faults = useContext(Faults);
  return (path, deep = false) => {
    const found = deep ? faultsUnder(faults, path) : faults.filter((fault) => plain(fault.field) === path);
    return { id: fieldId(path), error: found.map(({ message, next }) => `${message} ${next}`.trim()).join(' ') || undefined };
  };
}

/** Leads to the field of a fault, or to the nearest one above it. */
export function goTo(field: string): void {
  for (let path = plain(field); path !== ''; path = path.replace(/(\.[^.[]+|\[\d+\])$|^[^.[]+$/, '')) {
    const element = document.getElementById(fieldId(path));
    if (element) {
      element.scrollIntoView({ block: 'center' });
      element.focus({ preventScroll: true });
      return;
    }
  }
}
