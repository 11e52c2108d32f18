// Who is signed in, and what that role may see.
import { queryOptions, useQuery } from '@tanstack/react-query';

import { forgetUnsent } from '../agent/unsent';
import { get, request, setCsrf } from './client';
import type { Role, SessionView } from './types';

/** The person signed in. */
export type Me = SessionView;

/** Asks who is signed in; refused with `sign_in_needed` when nobody is. */
export const session = queryOptions({
  queryKey: ['session'],
  queryFn: async () => {
    const me = await get<Me>('/session');
    setCsrf(me.csrf);
    return me;
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** The person signed in; only below the frame, where there is one. */
export function useMe(): Me {
  const { data } = useQuery(session);
  if (!data) throw new Error('useMe is for screens below the frame, which loads the session first');
  return data;
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  forgetUnsent();
  await request('DELETE', '/session');
}

/** A screen of the navigation. */
export type Face = 'desk' | 'board' | 'reports' | 'contacts' | 'left-messages' | 'planning' | 'overview' | 'on-call' | 'hours' | 'contract' | 'billing' | 'people' | 'admin';

const faces: Record<Role, readonly Face[]> = {
  agent: ['desk', 'left-messages'],
  team_lead: ['board', 'reports', 'contacts', 'left-messages'],
  shift_lead: ['board', 'reports', 'contacts', 'left-messages', 'admin'],
  account_manager: ['board', 'reports', 'contacts', 'left-messages', 'planning', 'admin'],
  planner: ['board', 'reports', 'contacts', 'left-messages', 'planning', 'admin'],
  client_reader: ['overview', 'contacts', 'left-messages', 'on-call', 'hours', 'reports', 'contract'],
  client_manager: ['overview', 'contacts', 'left-messages', 'on-call', 'hours', 'reports', 'contract', 'billing', 'people'],
  administrator: ['board', 'reports', 'contacts', 'left-messages', 'planning', 'admin'],
};

/** Whether somebody may act on the floor from the board; whoever may not sees it all the same. */
export function leads(me: Me): boolean {
  return me.role === 'team_lead' || me.role === 'shift_lead' || me.role === 'administrator';
}

/** Whether somebody may set up reports that are mailed by themselves. */
export function schedules(me: Me): boolean {
  return me.role !== 'agent' && me.role !== 'client_reader';
}

/** The screens of somebody, first the one to begin with. Whoever is an agent also has the desk. */
export function facesOf(me: Me): readonly Face[] {
  const own = faces[me.role];
  return me.agent && !own.includes('desk') ? [...own, 'desk'] : own;
}
