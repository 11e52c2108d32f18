import { Button, Group } from '@mantine/core';
import { IconEar, IconPhoneOff, IconSpeakerphone, IconUsersGroup } from '@tabler/icons-react';
import { useEffect } from 'react';

import type { Id } from '../api/types';
import { needFace, useT } from '../i18n/t';
import { useCell } from '../live/store';
import css from './AgentPanel.module.css';
import { supervision } from './supervise';

await needFace('call');

const WAYS = [
  { mode: 'listen', Icon: IconEar },
  { mode: 'whisper', Icon: IconSpeakerphone },
  { mode: 'barge', Icon: IconUsersGroup },
] as const;

/** A lead beside the call of an agent. Closing the panel leaves the call: nobody listens without seeing it. */
export function Supervise({ contact, name, may }: { contact: Id; name: string; may: boolean }) {
  const t = useT();
  const now = useCell(supervision.beside);
  const beside = now?.contact === contact ? now : undefined;
  useEffect(() => () => void supervision.leave(contact), [contact]);
  return (
    <div className={css.supervise} role="group" aria-label={t('call.supervise', { name })}>
      <Group gap={6}>
        {WAYS.map(({ mode, Icon }) => (
          <Button
            key={mode} size="compact-sm" variant={beside?.mode === mode ? 'filled' : 'default'} aria-pressed={beside?.mode === mode} leftSection={<Icon size={14} />}
            disabled={!may} title={may ? t(`call.${mode}_text`) : t('board.leads_only')} loading={beside?.mode === mode && beside.state === 'connecting'}
            onClick={() => void supervision.join(contact, mode)}
          >
            {t(`call.${mode}`)}
          </Button>
        ))}
        {beside && (
          <Button size="compact-sm" variant="default" color="danger" leftSection={<IconPhoneOff size={14} />} onClick={() => void supervision.leave(contact)}>
            {t('call.leave')}
          </Button>
        )}
      </Group>
      {beside && (
        <p className={css.beside} role="status">
          {beside.state === 'open' ? t(`call.${beside.mode}_now`) : t(`call.beside_${beside.state}`)}
        </p>
      )}
    </div>
  );
}
