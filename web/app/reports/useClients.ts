import { useQuery } from '@tanstack/react-query';

import { api } from '../api/client';
import { useMe } from '../api/session';
import type { Id } from '../api/types';

/** A client as a filter names it. */
export type ClientChoice = { id: Id; name: string; zone: string };

/** The clients whose figures this person may see: their own company's, or all of the provider; none for an agent. */
export function useClients(): readonly ClientChoice[] {
  const me = useMe();
  const { data } = useQuery({
    queryKey: ['clients', 'choice'],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/clients', { params: { query: { limit: 500 } }, signal })).data?.items ?? [],
    enabled: !me.client && me.role !== 'agent',
    staleTime: 60_000,
  });
  return me.client ? [me.client] : (data ?? []);
}
