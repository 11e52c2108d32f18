// What an agent can do with a contact, and in which state (crates/api/src/desk.rs). The screen
// changes when the server has said so on the live socket, not before.
import { useMutation } from '@tanstack/react-query';

import { path, post } from '../api/client';
import type {
  DeskContact, DigitsRequest, FinishRequest, Id, MuteRequest, OutsideAct, OutsideRequest, RecordingRequest, TransferRequest,
} from '../api/types';

export type Act =
  | { kind: 'answer' | 'refuse' | 'hold' | 'resume' | 'end' | 'leave' | 'conference' | 'extend' }
  | ({ kind: 'transfer' } & TransferRequest)
  | { kind: 'consult'; agent: Id }
  | ({ kind: 'finish' } & FinishRequest)
  // On the telephone (crates/api/src/voice.rs).
  | { kind: 'call-back' | 'not-reached' }
  | ({ kind: 'mute' } & MuteRequest)
  | ({ kind: 'digits' } & DigitsRequest)
  | ({ kind: 'recording' } & RecordingRequest)
  | ({ kind: 'outside' } & OutsideRequest)
  | ({ kind: 'outside/act' } & OutsideAct);

/** Asks the server for an act on a contact. */
export function act(contact: Id, { kind, ...body }: Act): Promise<void> {
  return post(path`/desk/contacts/${contact}/` + kind, body);
}

/** Acts on a contact; refusals are told in a toast. */
export function useAct(contact: Id) {
  return useMutation({ mutationFn: (one: Act) => act(contact, one) });
}

/** Acts that need the customer: talking to them, having them on hold, or asking a colleague. */
export function inHand(contact: DeskContact): boolean {
  return contact.state === 'talking' || contact.state === 'holding' || contact.state === 'consulting';
}

/** Whether a contact is spoken and not written. */
export function isSpoken({ channel }: DeskContact): boolean {
  return channel === 'voice' || channel === 'callback';
}

/** Another agent is on the contact too, so one may leave it to them. */
export function withColleague(contact: DeskContact): boolean {
  return (contact.with ?? []).length > 0;
}
