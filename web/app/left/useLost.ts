// Lost contacts, as kept by the server.
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import { api, path, post } from '../api/client';
import type { Dialled, FollowUpOutcome, FollowUpState, FollowUpView } from '../api/types';
import { t } from '../i18n/t';
import { showError, showNote, showUndo } from '../ui/toast';
import type { useAsked } from './asked';
import { sender } from './sender';
import { KEY as MESSAGES } from './useLeft';

const KEY = 'follow-ups';
/** Between two looks at the list. */
const LIST_EVERY_MS = 15_000;

/** Pages of the list, newest first. */
export function useLost(asked: ReturnType<typeof useAsked>) {
  return useInfiniteQuery({
    queryKey: [KEY, asked],
    queryFn: async ({ pageParam, signal }) =>
      (await api.GET('/api/v1/follow-ups', { params: { query: { ...asked, limit: 50, ...(pageParam ? { before: pageParam } : {}) } }, signal })).data,
    initialPageParam: '',
    getNextPageParam: (page) => page?.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: LIST_EVERY_MS,
  });
}

type Step = { lost: FollowUpView } & ({ what: 'take' } | { what: 'close'; outcome: FollowUpOutcome; note: string } | { what: 'reopen'; from: FollowUpState });

function send(step: Step): Promise<FollowUpView> {
  const { client, contact } = step.lost;
  const at = path`/follow-ups/${client}/${contact}/${step.what}`;
  switch (step.what) {
    case 'take': return post(at);
    case 'close': return post(at, { outcome: step.outcome, note: step.note });
    case 'reopen': return post(at, { from: step.from });
  }
}

/** What is done with a lost contact. Taking and closing can be taken back for eight seconds. */
export function useLostStep() {
  const client = useQueryClient();
  // The count stands beside that of the messages.
  const again = async (): Promise<void> => void (await Promise.all([KEY, MESSAGES].map((key) => client.invalidateQueries({ queryKey: [key] }))));
  return useMutation({
    mutationFn: send,
    onSuccess: (lost, step) => {
      const name = sender(lost, t);
      if (step.what === 'reopen') {
        showNote(t('left.lost_back_note', { name }));
        return;
      }
      const from = lost.state;
      const said = step.what === 'take' ? 'left.lost_taken_note' : step.outcome === 'reached' ? 'left.lost_reached_note' : 'left.lost_excused_note';
      showUndo(t(said, { name }), () => {
        void send({ lost, what: 'reopen', from }).then(() => showNote(t('left.lost_back_note', { name })), showError).then(again);
      });
    },
    // A refusal says that somebody was faster: the list shows who.
    onSettled: again,
  });
}

/** Calls a customer back: whoever calls has it, and the call is a contact at the desk. It is done by itself once they answer. */
export function useCallBack() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (lost: FollowUpView) => {
      if (lost.state === 'open') await send({ lost, what: 'take' });
      return post<Dialled>('/desk/dial', { client: lost.client, number: lost.phone ?? '', ...(lost.channel === 'voice' ? { queue: lost.queue } : {}) });
    },
    onSuccess: ({ contact }) => void navigate({ to: '/desk', search: { contact } }),
    onSettled: () => client.invalidateQueries({ queryKey: [KEY] }),
  });
}
