import { Button, Group, Select, Slider, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconBell, IconCheck, IconHeadset, IconVolume } from '@tabler/icons-react';
import { useState } from 'react';

import type { PresenceChoice } from '../api/types';
import { useT } from '../i18n/t';
import { useCell } from '../live/store';
import { NextShifts } from './NextShifts';
import { PhoneSettings } from './phone/PhoneSettings';
import { usePhone } from './phone/usePhone';
import { choosePresence } from './presenceCommands';
import { chooseSound, SOUND_NAMES, soundAllowed, soundChoice, testRing, unlockSound, type Sound } from './ring';
import css from './StartShift.module.css';

type Permission = NotificationPermission | 'unsupported';

const permission = (): Permission => ('Notification' in window ? Notification.permission : 'unsupported');

/** Before the first contact: hear the ring, allow notifications, then begin. */
export function StartShift({ name }: { name: string }) {
  const t = useT();
  const allowed = useCell(soundAllowed);
  const [{ sound, volume }, setChoice] = useState(soundChoice);
  const [asked, setAsked] = useState<Permission>(permission);
  const phone = usePhone();
  const start = useMutation({
    mutationFn: async (presence: PresenceChoice) => {
      await unlockSound();
      await choosePresence(presence);
    },
  });
  const choose = (next: { sound: Sound; volume: number }): void => {
    chooseSound(next.sound, next.volume);
    setChoice(next);
  };
  return (
    <div className={css.page}>
      <section className={css.card} aria-labelledby="start-title">
        <h1 id="start-title" className={css.title}>{t('desk.start_title', { name })}</h1>
        <p className={css.text}>{t('desk.start_text')}</p>
        <ol className={css.steps}>
          <li className={css.step} data-done={allowed || undefined}>
            <span className={css.mark} aria-hidden>{allowed ? <IconCheck size={16} /> : <IconVolume size={16} />}</span>
            <Stack gap={8} flex={1}>
              <div>
                <strong>{t('desk.start_sound')}</strong>
                <div className={css.hint}>{allowed ? t('desk.start_sound_done') : t('desk.start_sound_text')}</div>
              </div>
              <Group gap="sm" wrap="nowrap">
                <Select
                  w={130} aria-label={t('desk.sound')} allowDeselect={false} value={sound}
                  data={SOUND_NAMES.map((value) => ({ value, label: t(`desk.sound_${value}`) }))}
                  onChange={(value) => value && choose({ sound: value, volume })}
                />
                <Slider
                  flex={1} min={0.1} max={1} step={0.1} label={null} value={volume} thumbLabel={t('desk.volume')}
                  onChange={(value) => choose({ sound, volume: value })}
                />
                <Button variant="default" onClick={() => void testRing()}>{t('desk.test_ring')}</Button>
              </Group>
            </Stack>
          </li>
          <li className={css.step} data-done={asked === 'granted' || undefined}>
            <span className={css.mark} aria-hidden>{asked === 'granted' ? <IconCheck size={16} /> : <IconBell size={16} />}</span>
            <Group flex={1} justify="space-between" wrap="nowrap">
              <div>
                <strong>{t('desk.start_notify')}</strong>
                <div className={css.hint}>{t(`desk.notify_${asked}`)}</div>
              </div>
              {asked === 'default' && (
                <Button variant="default" onClick={() => void Notification.requestPermission().then(setAsked)}>{t('desk.notify_allow')}</Button>
              )}
            </Group>
          </li>
          {phone && (
            <li className={css.step} data-done={phone === 'ready' || phone === 'desk_phone' || undefined}>
              <span className={css.mark} aria-hidden>{phone === 'ready' || phone === 'desk_phone' ? <IconCheck size={16} /> : <IconHeadset size={16} />}</span>
              <Stack gap={8} flex={1}>
                <div>
                  <strong>{t('call.phone')}</strong>
                  <div className={css.hint}>{phone === 'ready' ? t('call.start_ready') : phone === 'none' ? t('call.start_text') : t(`call.phone_${phone}_text`)}</div>
                </div>
                <PhoneSettings shown={phone} bare />
              </Stack>
            </li>
          )}
        </ol>
        <Group gap="xs">
          <Button size="md" flex={1} loading={start.isPending} data-autofocus onClick={() => start.mutate({ kind: 'available' })}>
            {t('desk.start_available')}
          </Button>
          <Button size="md" variant="default" disabled={start.isPending} onClick={() => start.mutate({ kind: 'away', reason: 'other_work' })}>
            {t('desk.start_away')}
          </Button>
        </Group>
        <div className={css.shifts}><NextShifts /></div>
      </section>
    </div>
  );
}
