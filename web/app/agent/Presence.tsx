import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';

import type { PresenceChoice } from '../api/types';
import { useT } from '../i18n/t';
import { live } from '../live/hub';
import { useCell } from '../live/store';
import { lookOf, StatePill, useStateWords } from '../ui/StatePill';
import { Since } from '../ui/Timer';
import css from './Presence.module.css';
import { AWAY_REASONS, choosePresence } from './presenceCommands';
import { useBell } from './useBell';

/** Own state with its clock, and the choice of another: at once, or after the work in hand. */
export function Presence() {
  const t = useT();
  const words = useStateWords();
  const hub = live();
  useEffect(() => hub.follow('desk'), [hub]);
  useBell();
  const elsewhere = useRouterState({ select: ({ location }) => !location.pathname.startsWith('/desk') });
  const desk = useCell(hub.desk);
  const status = useCell(hub.status);
  const choose = useMutation({ mutationFn: choosePresence });
  if (!desk) return null;

  const { state, next } = desk.me;
  const lost = status.kind !== 'live';
  const busy = desk.contacts.length > 0;
  const out = state.kind === 'signed_out';
  const entries: { choice: PresenceChoice; label: string; look: string }[] = [
    { choice: { kind: 'available' }, label: t('desk.state_available'), look: 'available' },
    ...AWAY_REASONS.map((reason) => ({
      choice: { kind: 'away' as const, reason }, label: t(`desk.reason_${reason}`), look: lookOf({ kind: 'away', reason }),
    })),
  ];
  const chosen = (choice: PresenceChoice) => {
    const now = next ?? (state.kind === 'away' && state.reason ? { kind: 'away' as const, reason: state.reason } : { kind: state.kind });
    return now.kind === choice.kind && (choice.kind !== 'away' || ('reason' in now && now.reason === choice.reason));
  };

  const offered = desk.contacts.find((contact) => contact.state === 'offered');
  return (
    <>
      {elsewhere && offered && (
      <Link to="/desk" search={{ contact: offered.contact }} className={css.ringing ?? ''}>
        ▲ {t('desk.go_to_ringing', { client: offered.client.name })}
      </Link>
    )}
    <Menu position="bottom-end" width={250} disabled={lost}>
      <Menu.Target>
        <Button
          variant="default" className={css.button ?? ''} disabled={lost} loading={choose.isPending}
          rightSection={<IconChevronDown size={14} />}
        >
          <span className="visually-hidden">{t('desk.presence')}: </span>
          {lost ? <span className={css.unknown}>{t('desk.state_unknown')}</span> : (
            <>
              <StatePill state={state} />
              {!out && <span aria-hidden><Since at={state.since} className={css.clock} /></span>}
              {next && <span className={css.next}>→ {next.kind === 'sign_out' ? t('desk.leave_floor') : words(next)}</span>}
            </>
          )}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{out ? t('desk.start_as') : busy ? t('desk.after_work') : t('desk.now')}</Menu.Label>
        {entries.map(({ choice, label, look }) => (
          <Menu.RadioItem
            key={label} value={label} checked={chosen(choice)} closeMenuOnClick onChange={() => choose.mutate(choice)} checkIcon={<IconCheck size={14} />}
            rightSection={<span className={css.dot} style={{ background: `var(--${look})` }} />}
          >
            {label}
          </Menu.RadioItem>
        ))}
        {!out && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => choose.mutate({ kind: 'sign_out' })}>
              {busy ? t('desk.leave_floor_after') : t('desk.leave_floor')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
    </>
  );
}
