import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconBell, IconCoffee, IconPhoneOff } from '@tabler/icons-react';

import type { DeskSelf } from '../api/types';
import { useT } from '../i18n/t';
import { Empty } from '../ui/Empty';
import { useStateWords } from '../ui/StatePill';
import { Since } from '../ui/Timer';
import { choosePresence } from './presenceCommands';

/** The desk without a contact: waiting for one, or away and how to come back. */
export function Away({ me, lost }: { me: DeskSelf; lost: boolean }) {
  const t = useT();
  const words = useStateWords();
  const back = useMutation({ mutationFn: choosePresence });
  const { state } = me;
  if (lost) return <Empty title={t('shell.reconnecting')} icon={<IconPhoneOff size={36} stroke={1.2} />}>{t('desk.lost_text')}</Empty>;
  if (state.kind === 'available') {
    return <Empty title={t('desk.waiting_title')} icon={<IconBell size={36} stroke={1.2} />}>{t('desk.waiting_text')}</Empty>;
  }
  if (state.kind !== 'away') return <Empty title={words(state)} />;

  const missed = state.reason === 'no_answer';
  const text =
    state.reason === 'no_answer' ? t('desk.no_answer_text', { count: me.misses })
    : state.reason === 'connection_lost' ? t('desk.connection_lost_text')
    : state.reason === 'set_by_lead' ? t('desk.set_by_lead_text')
    : t('desk.away_text');
  return (
    <Empty
      title={missed ? t('desk.no_answer_title') : words(state)}
      icon={missed ? <IconPhoneOff size={36} stroke={1.2} /> : <IconCoffee size={36} stroke={1.2} />}
      action={
        <Button size="md" loading={back.isPending} onClick={() => back.mutate({ kind: 'available' })}>{t('desk.back_to_available')}</Button>
      }
    >
      {text} <Since at={state.since} />
    </Empty>
  );
}
