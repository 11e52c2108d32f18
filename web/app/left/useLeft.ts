// The messages left, as kept by the server.
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, path, post } from '../api/client';
import { useMe } from '../api/session';
import type { Id, LeftMessageView, LeftState } from '../api/types';
import { t } from '../i18n/t';
import { useClients } from '../reports/useClients';
import { showError, showNote, showUndo } from '../ui/toast';
import type { useAsked } from './asked';
import { sender } from './sender';

/** Under which the messages are cached. */
export const KEY = 'left-messages';
/** Between two looks at the list. */
const LIST_EVERY_MS = 15_000;
/** Between two looks at how many there are. */
const COUNT_EVERY_MS = 30_000;

/** Pages of the list, newest first. */
export function useLeft(asked: ReturnType<typeof useAsked>) {
  return useInfiniteQuery({
    queryKey: [KEY, 'list', asked],
    queryFn: async ({ pageParam, signal }) =>
      (await api.GET('/api/v1/left-messages', { params: { query: { ...asked, limit: 50, ...(pageParam ? { before: pageParam } : {}) } }, signal })).data,
    initialPageParam: '',
    getNextPageParam: (page) => page?.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: LIST_EVERY_MS,
  });
}

const NONE = { open: 0, lost: 0 };

/** How many messages are not done, and lost contacts, of those this person sees. */
export function useOpenCount(): { open: number; lost: number } {
  const { data } = useQuery({
    queryKey: [KEY, 'count'],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/left-messages', { params: { query: { open: true, limit: 1 } }, signal })).data ?? NONE,
    refetchInterval: COUNT_EVERY_MS,
    meta: { quiet: true },
  });
  return data ?? NONE;
}

/** Clients to choose from: the office knows them all, an agent those that messages were left with. */
export function useChoices(): readonly { id: Id; name: string }[] {
  const me = useMe();
  const known = useClients();
  const agent = me.role === 'agent';
  const { data } = useQuery({
    queryKey: [KEY, 'clients'],
    queryFn: async ({ signal }) => {
      const rows = (await api.GET('/api/v1/left-messages', { params: { query: { limit: 500 } }, signal })).data?.items ?? [];
      const names = new Map(rows.map((row) => [row.client, row.client_name]));
      return [...names].map(([id, name]) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name));
    },
    enabled: agent,
    staleTime: 60_000,
    meta: { quiet: true },
  });
  return agent ? (data ?? []) : known;
}

type Step = { left: LeftMessageView; what: 'take' } | { left: LeftMessageView; what: 'done'; note: string } | { left: LeftMessageView; what: 'reopen'; from: LeftState };

function send(step: Step): Promise<LeftMessageView> {
  const { client, message } = step.left;
  const at = path`/left-messages/${client}/${message}/${step.what}`;
  switch (step.what) {
    case 'take': return post(at);
    case 'done': return post(at, { note: step.note });
    case 'reopen': return post(at, { from: step.from });
  }
}

/** What is done with a message. Taking and answering can be taken back for eight seconds. */
export function useStep() {
  const client = useQueryClient();
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: [KEY] });
  return useMutation({
    mutationFn: send,
    onSuccess: (left, step) => {
      const who = sender(left, t);
      if (step.what === 'reopen') {
        showNote(t('left.reopened_note', { name: who }));
        return;
      }
      const from = left.state;
      showUndo(t(step.what === 'take' ? 'left.taken_note' : 'left.done_note', { name: who }), () => {
        void send({ left, what: 'reopen', from }).then(() => showNote(t('left.reopened_note', { name: who })), showError).then(again);
      });
    },
    // A refusal says that somebody was faster: the list shows who.
    onSettled: again,
  });
}
