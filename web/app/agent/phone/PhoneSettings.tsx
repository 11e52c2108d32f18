import { Button, Group, Select, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { formatNumber, needFace, useT } from '../../i18n/t';
import { useCell } from '../../live/store';
import { canChooseSink } from './peer';
import css from './Phone.module.css';
import { phone, type PhoneShown } from './phone';
import { testTone, useLevel } from './sound';

await needFace('call');

/** Connecting, microphone with its level, speaker with a tone; `bare` where words about the state stand beside it already. */
export function PhoneSettings({ shown, bare = false }: { shown: Exclude<PhoneShown, 'off'>; bare?: boolean }) {
  const t = useT();
  const devices = useCell(phone.devices);
  const sound = useCell(phone.sound);
  const [speaker, setSpeaker] = useState(phone.speaker);
  const [microphone, setMicrophone] = useState(phone.microphone);
  useEffect(() => {
    void phone.look();
  }, []);
  const disconnect = useMutation({ mutationFn: () => phone.disconnect() });
  const tone = useMutation({ mutationFn: () => testTone(phone.speaker) });

  const names = (kind: MediaDeviceKind) =>
    devices.filter((device) => device.kind === kind && device.deviceId !== '')
      .map(({ deviceId, label }, i) => ({ value: deviceId, label: label || t('call.device', { at: formatNumber(i + 1) }) }));
  const microphones = names('audioinput');
  const speakers = names('audiooutput');
  const used = sound?.getAudioTracks()[0]?.getSettings().deviceId;
  const here = ['ready', 'connecting', 'asking', 'lost'].includes(shown) && phone.link.get() !== 'idle';

  return (
    <Stack gap="sm">
      {!bare && <p className={css.text}>{t(`call.phone_${shown}_text`)}</p>}
      <Select
        label={t('call.microphone')} data={microphones} allowDeselect={false} disabled={microphones.length === 0} placeholder={t('call.devices_unknown')}
        value={microphones.some(({ value }) => value === microphone) ? (microphone ?? null) : (used ?? null)} comboboxProps={{ withinPortal: false }}
        onChange={(id) => {
          if (!id) return;
          setMicrophone(id);
          void phone.chooseMicrophone(id);
        }}
      />
      <Level sound={sound} />
      {canChooseSink() && (
        <Select
          label={t('call.speaker')} data={speakers} allowDeselect={false} disabled={speakers.length === 0} placeholder={t('call.devices_unknown')}
          value={speakers.some(({ value }) => value === speaker) ? (speaker ?? null) : (speakers[0]?.value ?? null)} comboboxProps={{ withinPortal: false }}
          onChange={(id) => {
            if (!id) return;
            setSpeaker(id);
            phone.chooseSpeaker(id);
          }}
        />
      )}
      <Group gap="xs" justify="space-between">
        <Button variant="default" loading={tone.isPending} onClick={() => tone.mutate()}>{t('call.test_tone')}</Button>
        {here
          ? <Button variant="default" loading={disconnect.isPending} onClick={() => disconnect.mutate()}>{t('call.disconnect')}</Button>
          : <Button onClick={() => void phone.connect()}>{t(shown === 'elsewhere' ? 'call.connect_here' : 'call.connect')}</Button>}
      </Group>
    </Stack>
  );
}

/** How loud the microphone is. A word says what the bar shows. */
function Level({ sound }: { sound: MediaStream | undefined }) {
  const t = useT();
  const level = useLevel(sound);
  return (
    <div
      className={css.level} role="meter" aria-label={t('call.level')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(level * 100)}
      data-off={!sound || undefined}
    >
      <span style={{ transform: `scaleX(${level})` }} />
    </div>
  );
}
