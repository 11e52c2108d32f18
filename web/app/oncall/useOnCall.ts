// Who is on call at a client, as the server keeps it, and how it is changed.
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';

import { get, path, put } from '../api/client';
import type { Id, OnCallTerms, OnCallView } from '../api/types';
import { t } from '../i18n/t';
import { queries } from '../queries';
import { showUndo } from '../ui/toast';

/** Between two looks, so that a colleague's change and the clock are seen. */
const EVERY_MS = 30_000;

const onCall = (client: Id) =>
  queryOptions({ queryKey: ['on-call', client], queryFn: ({ signal }) => get<OnCallView>(path`/clients/${client}/on-call`, undefined, signal), refetchInterval: EVERY_MS });

/** The list, and how to change it: each change can be taken back for some seconds. */
export function useOnCall(client: Id) {
  const list = useQuery(onCall(client));
  const save = (version: number, next: OnCallTerms): Promise<OnCallView> =>
    put<OnCallView>(path`/clients/${client}/on-call`, { version, ...next }).then((kept) => {
      queries.setQueryData(onCall(client).queryKey, kept);
      return kept;
    });
  const change = useMutation({
    mutationFn: ({ before, next }: { before: OnCallView; next: OnCallTerms }) => save(before.version, next),
    meta: { quiet: true },
    onSuccess: (kept, { before }) => {
      const { people, standing, entries } = before;
      showUndo(t('oncall.saved'), () => undo.mutate({ version: kept.version, terms: { people, standing, entries } }), `on-call ${client}`);
    },
    // Somebody else was faster: what they made is shown.
    onError: () => void list.refetch(),
  });
  const undo = useMutation({ mutationFn: ({ version, terms }: { version: number; terms: OnCallTerms }) => save(version, terms), onError: () => void list.refetch() });
  return { list, change };
}

/** A list's own part, without what the server adds to it. */
export const termsOf = ({ people, standing, entries }: OnCallView): OnCallTerms => ({ people, standing, entries });
