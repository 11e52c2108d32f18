import { ActionIcon, Button, Kbd, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import {
  IconChartBar, IconCheck, IconClockHour4, IconFileText, IconHeadset, IconHome, IconLanguage, IconLayoutDashboard, IconLogout, IconMailOpened, IconMessages, IconMoon, IconPhoneCall, IconReceipt,
  IconScale, IconSearch, IconSettings, IconSun, IconUser, IconUsers,
} from '@tabler/icons-react';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, type ComponentType } from 'react';

import { phone } from '../agent/phone/phone';
import { Presence } from '../agent/Presence';
import { get, onSignedOut, put } from '../api/client';
import { ApiError } from '../api/errors';
import { facesOf, signOut, useMe, type Face } from '../api/session';
import { chooseLocale, LOCALES, localeChosen, setLocale, useLocale, useT, type Locale } from '../i18n/t';
import { useOpenCount } from '../left/useLeft';
import { endLive, live } from '../live/hub';
import { useCell } from '../live/store';
import { queries } from '../queries';
import { showError, showNote } from '../ui/toast';
import { ConnectionBar } from './ConnectionBar';
import css from './Frame.module.css';

// Not needed for the first look at a screen.
const Commands = lazy(async () => ({ default: (await import('./Commands')).Commands }));
const Phone = lazy(async () => ({ default: (await import('../agent/phone/Phone')).Phone }));

const icons: Record<Face, ComponentType<{ size: number; stroke: number }>> = {
  desk: IconHeadset, board: IconLayoutDashboard, reports: IconChartBar, contacts: IconMessages, 'left-messages': IconMailOpened,
  planning: IconScale, overview: IconHome, 'on-call': IconPhoneCall, hours: IconClockHour4, contract: IconFileText, billing: IconReceipt, people: IconUsers, admin: IconSettings,
};

/** Goes to the sign-in and leaves nothing of this person behind. */
function useLeave(): (to?: string) => void {
  const navigate = useNavigate();
  return useCallback((to?: string) => {
    phone.close();
    // The screens go first: they still read what is forgotten here.
    void navigate({ to: '/sign-in', search: to ? { to } : {} }).then(() => {
      endLive();
      queries.clear();
    });
  }, [navigate]);
}

/** Leaves when the session has ended elsewhere, and tells what the live socket was refused. */
function useEnd(leave: (to?: string) => void): void {
  const hub = live();
  const lost = useCell(hub.status).kind === 'lost';
  useEffect(() => {
    const end = (): void => leave(location.pathname + location.search);
    const stops = [onSignedOut(end), hub.onSignedOut(end), hub.onRefused((message, next) => showNote(next, message))];
    return () => stops.forEach((stop) => stop());
  }, [hub, leave]);
  useEffect(() => {
    if (!lost) return;
    // A browser does not say why a socket was not opened; an ended session is one reason.
    get('/session').catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) leave(location.pathname + location.search);
    });
  }, [lost, leave]);
}

/** Shows the screens in a language from now on, here and wherever this person signs in. */
async function chooseLanguage(language: Locale): Promise<void> {
  await chooseLocale(language);
  await put('/session/preferences', { language }).catch(showError);
}

/** Top bar and navigation around every screen. */
export function Frame() {
  const t = useT();
  const me = useMe();
  const leave = useLeave();
  useEnd(leave);
  useEffect(() => {
    const own = LOCALES.find(({ code }) => code === me.language);
    if (own && !localeChosen()) void setLocale(own.code);
  }, [me.language]);

  return (
    <div className={css.frame}>
      <a href="#main" className={css.skip}>{t('shell.skip')}</a>
      <header className={css.bar}>
        <Link to="/" className={css.product} aria-label={t('shell.product')}>
          <img src="/favicon.svg" alt="" width={20} height={20} />
          <span>{t('shell.product')}</span>
        </Link>
        <nav className={css.nav} aria-label={t('shell.navigation')}>
          {facesOf(me).map((face) => {
            const Icon = icons[face];
            return (
              <Link key={face} to={`/${face}` as const} className={css.link ?? ''} activeProps={{ className: css.active ?? '' }} title={t(`shell.face_${face}`)}>
                <Icon size={16} stroke={1.7} />
                <span>{t(`shell.face_${face}`)}</span>
                {face === 'left-messages' && <OpenMessages />}
              </Link>
            );
          })}
        </nav>
        <Button
          variant="default" className={css.search ?? ''} aria-label={t('shell.search')} aria-keyshortcuts="Control+K" onClick={spotlight.open}
          leftSection={<IconSearch size={14} />} rightSection={<Kbd size="xs" aria-hidden className={css.word ?? ''}>Ctrl K</Kbd>}
        >
          <span className={css.word}>{t('shell.search')}</span>
        </Button>
        <div className={css.right}>
          {me.agent && <Suspense><Phone /></Suspense>}
          {me.agent && <Presence />}
          <Language />
          <Theme />
          <Menu position="bottom-end" width={220}>
            <Menu.Target>
              <Button variant="subtle" color="gray" leftSection={<IconUser size={16} stroke={1.7} />} className={css.me ?? ''} aria-label={me.name} title={me.name}>
                <span className={css.word}>{me.name}</span>
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>{t(`shell.role_${me.role}`)}</Menu.Label>
              <Menu.Item component={Link} to="/profile" leftSection={<IconUser size={16} stroke={1.7} />}>
                {t('signin.profile')}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconLogout size={16} stroke={1.7} />}
                onClick={() => void signOut().catch(() => undefined).then(() => leave())}
              >
                {t('shell.sign_out')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </header>
      <ConnectionBar />
      <main id="main" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense><Commands leave={leave} /></Suspense>
    </div>
  );
}

/** How many messages left wait to be answered. */
function OpenMessages() {
  const t = useT();
  const { open, lost } = useOpenCount();
  const count = open + lost;
  return count > 0 && <span className={css.count} role="img" aria-label={t('shell.left_open', { count })}>{count > 99 ? '99+' : count}</span>;
}

function Language() {
  const t = useT();
  const locale = useLocale();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('shell.language')}>
          <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('shell.language')}>
            <IconLanguage size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {LOCALES.map(({ code, name }) => (
          <Menu.RadioItem
            key={code} lang={code} value={code} checked={code === locale} closeMenuOnClick checkIcon={<IconCheck size={14} />}
            onChange={() => void chooseLanguage(code)}
          >
            {name}
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Theme() {
  const t = useT();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const label = t(scheme === 'dark' ? 'shell.to_light' : 'shell.to_dark');
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle" color="gray" size={30} aria-label={label}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        {scheme === 'dark' ? <IconSun size={18} stroke={1.7} /> : <IconMoon size={18} stroke={1.7} />}
      </ActionIcon>
    </Tooltip>
  );
}
