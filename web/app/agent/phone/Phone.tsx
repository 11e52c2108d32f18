import { Button, Popover } from '@mantine/core';
import {
  IconDeviceLandlinePhone, IconHeadset, IconHeadsetOff, IconLoader2, IconMicrophoneOff, IconPlugConnectedX, IconQuestionMark, IconWindow,
} from '@tabler/icons-react';
import { useEffect, type ComponentType } from 'react';

import { useT } from '../../i18n/t';
import { Dial } from './Dial';
import css from './Phone.module.css';
import { phone, type PhoneShown } from './phone';
import { PhoneSettings } from './PhoneSettings';
import { usePhone } from './usePhone';

type Shown = Exclude<PhoneShown, 'off'>;
type Look = 'good' | 'busy' | 'bad' | 'none';

/** A state has its icon and its word; the colour only says it again. */
const LOOKS: Record<Shown, { look: Look; Icon: ComponentType<{ size: number; stroke: number; 'aria-hidden': true }> }> = {
  none: { look: 'none', Icon: IconHeadsetOff },
  asking: { look: 'busy', Icon: IconQuestionMark },
  connecting: { look: 'busy', Icon: IconLoader2 },
  ready: { look: 'good', Icon: IconHeadset },
  lost: { look: 'bad', Icon: IconPlugConnectedX },
  denied: { look: 'bad', Icon: IconMicrophoneOff },
  insecure: { look: 'bad', Icon: IconMicrophoneOff },
  no_microphone: { look: 'bad', Icon: IconMicrophoneOff },
  unsteady: { look: 'bad', Icon: IconPlugConnectedX },
  desk_phone: { look: 'good', Icon: IconDeviceLandlinePhone },
  desk_phone_away: { look: 'bad', Icon: IconDeviceLandlinePhone },
  elsewhere: { look: 'none', Icon: IconWindow },
  unknown: { look: 'bad', Icon: IconQuestionMark },
};

/** The agent's phone beside the presence: how it is, and everything that can be set about it. */
export function Phone() {
  const t = useT();
  const shown = usePhone();
  const there = shown !== undefined;
  useEffect(() => {
    if (there) phone.resume();
  }, [there]);
  if (!shown) return null;
  const { look, Icon } = LOOKS[shown];
  return (
    <>
      <Popover position="bottom-end" width={320} trapFocus returnFocus>
        <Popover.Target>
          <Button variant="default" className={css.button ?? ''} data-look={look} leftSection={<Icon size={16} stroke={1.8} aria-hidden />}>
            <span className="visually-hidden">{t('call.phone')}: </span>
            <span className={css.word}>{t(`call.phone_${shown}`)}</span>
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label={t('call.phone')}>
          <PhoneSettings shown={shown} />
        </Popover.Dropdown>
      </Popover>
      <Dial ready={shown === 'ready' || shown === 'desk_phone'} />
    </>
  );
}
