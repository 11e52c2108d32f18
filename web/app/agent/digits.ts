// Keys of the telephone, pressed one by one and heard in their order.
import type { Id } from '../api/types';
import { showError } from '../ui/toast';
import { act } from './act';

/** The server takes so many at once. */
const AT_ONCE = 32;

const waiting = new Map<Id, string>();
const under = new Set<Id>();

/** Sends a key. What is pressed while one is on its way goes together after it, so that none overtakes another. */
export function press(contact: Id, digit: string): void {
  waiting.set(contact, (waiting.get(contact) ?? '') + digit);
  if (!under.has(contact)) void send(contact);
}

async function send(contact: Id): Promise<void> {
  under.add(contact);
  try {
    for (let next = waiting.get(contact) ?? ''; next !== ''; next = waiting.get(contact) ?? '') {
      waiting.set(contact, next.slice(AT_ONCE));
      await act(contact, { kind: 'digits', digits: next.slice(0, AT_ONCE) });
    }
  } catch (error) {
    // Keys after one that was not heard would mean something else.
    showError(error);
  } finally {
    waiting.delete(contact);
    under.delete(contact);
  }
}
