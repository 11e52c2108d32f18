import type { SpotlightActionData } from '@mantine/spotlight';

import { post } from '../api/client';
import type { AwayReasonKind, PresenceChoice } from '../api/types';
import type { t as words } from '../i18n/t';
import { live } from '../live/hub';
import { showError } from '../ui/toast';

/** The reasons somebody may choose; the others are set by the router or by a lead. */
export const AWAY_REASONS = ['break', 'lunch', 'training', 'meeting', 'other_work'] as const satisfies readonly AwayReasonKind[];

/** Chooses a presence, now or for after the work in hand. From outside it signs in to the floor. */
export async function choosePresence(presence: PresenceChoice): Promise<void> {
  const out = live().desk.get()?.me.state.kind === 'signed_out';
  if (presence.kind === 'sign_out') await post('/desk/sign-out');
  else await post(out ? '/desk/sign-in' : '/desk/presence', { presence });
}

/** Presence as commands by name. */
export function presenceCommands(t: typeof words): SpotlightActionData[] {
  const act = (presence: PresenceChoice) => () => void choosePresence(presence).catch(showError);
  return [
    { id: 'presence-available', label: t('desk.state_available'), onClick: act({ kind: 'available' }) },
    ...AWAY_REASONS.map((reason) => ({ id: `presence-${reason}`, label: t(`desk.reason_${reason}`), onClick: act({ kind: 'away', reason }) })),
    { id: 'presence-out', label: t('desk.leave_floor'), onClick: act({ kind: 'sign_out' }) },
  ];
}
