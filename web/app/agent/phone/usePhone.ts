// What the phone shows, apart from the furniture that shows it: the desk needs the one before the other.
import { needFace } from '../../i18n/t';
import { live } from '../../live/hub';
import { Cell, useCell } from '../../live/store';
import { phone, phoneShown, type PhoneShown } from './phone';

await needFace('call');

/** Whether somebody is about to call out. */
export const dialling = new Cell(false, 'now');

/** What the phone shows now; `undefined` before the desk is there, or on a server without telephony. */
export function usePhone(): Exclude<PhoneShown, 'off'> | undefined {
  const hub = live();
  const desk = useCell(hub.desk);
  const reached = useCell(hub.status).kind === 'live';
  const link = useCell(phone.link);
  if (!desk) return undefined;
  const { state, desk_phone: atDesk = false } = desk.me.phone;
  // A phone on the desk rings by itself; the browser is the phone once it is connected.
  if (atDesk && reached && link === 'idle') return state === 'ready' ? 'desk_phone' : 'desk_phone_away';
  const shown = phoneShown(reached || state === 'off' ? state : undefined, link);
  return shown === 'off' ? undefined : shown;
}
