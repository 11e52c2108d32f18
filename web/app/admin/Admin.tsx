import {
  IconAdjustments, IconBuilding, IconCalendar, IconCertificate, IconChevronDown, IconDeviceLandlinePhone, IconFileInvoice, IconHeadset, IconHistory, IconKey, IconMail, IconMapPin, IconPhone, IconPlugConnected, IconScale,
  IconShieldCheck, IconTableImport, IconUsers, IconUsersGroup, IconUserCircle,
} from '@tabler/icons-react';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useState } from 'react';

import { useMe } from '../api/session';
import { needFace, useT } from '../i18n/t';
import css from './Admin.module.css';

await needFace('admin');

const groups = [
  { name: 'setup', entries: [{ to: '/admin/clients', key: 'clients', Icon: IconBuilding }, { to: '/admin/calendars', key: 'calendars', Icon: IconCalendar }, { to: '/admin/invoices', key: 'invoices', Icon: IconFileInvoice }, { to: '/admin/margins', key: 'margins', Icon: IconScale }, { to: '/admin/import', key: 'import', Icon: IconTableImport }] },
  {
    name: 'people',
    entries: [
      { to: '/admin/agents', key: 'agents', Icon: IconHeadset }, { to: '/admin/sign-offs', key: 'sign_offs', Icon: IconShieldCheck },
      { to: '/admin/users', key: 'users', Icon: IconUserCircle },
    ],
  },
  {
    name: 'floor',
    entries: [
      { to: '/admin/pools', key: 'pools', Icon: IconUsersGroup }, { to: '/admin/teams', key: 'teams', Icon: IconUsers },
      { to: '/admin/skills', key: 'skills', Icon: IconCertificate }, { to: '/admin/sites', key: 'sites', Icon: IconMapPin },
    ],
  },
  { name: 'telephony', entries: [{ to: '/admin/numbers', key: 'numbers', Icon: IconPhone }, { to: '/admin/trunks', key: 'trunks', Icon: IconPlugConnected }, { to: '/admin/desk-phones', key: 'desk_phones', Icon: IconDeviceLandlinePhone }] },
  {
    name: 'system',
    entries: [
      { to: '/admin/mail', key: 'mail', Icon: IconMail }, { to: '/admin/tokens', key: 'tokens', Icon: IconKey },
      { to: '/admin/audit', key: 'audit', Icon: IconHistory }, { to: '/admin/settings', key: 'settings', Icon: IconAdjustments },
    ],
  },
] as const;

/** The administration: its own navigation beside whatever is set up. */
export default function Admin() {
  const t = useT();
  const { role } = useMe();
  const hidden: readonly string[] = [
    ...(role === 'administrator' || role === 'account_manager' ? [] : ['invoices', 'margins', 'import', 'mail']), ...(role === 'administrator' ? [] : ['tokens']),
  ];
  const { pathname } = useLocation();
  // Only where there is no room for the navigation beside what is set up; see the style sheet.
  const [open, setOpen] = useState(false);
  const here = groups.flatMap((group) => [...group.entries]).find(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
  return (
    <div className={css.admin}>
      <button type="button" className={css.here} aria-expanded={open} aria-controls="admin-nav" onClick={() => setOpen(!open)}>
        {here && <here.Icon size={16} stroke={1.7} aria-hidden />}
        {t(here ? `admin.${here.key}` : 'admin.nav')}
        <IconChevronDown size={16} stroke={1.7} aria-hidden />
      </button>
      <nav id="admin-nav" className={css.nav} aria-label={t('admin.nav')} data-open={open || undefined}>
        {groups.map((group) => (
          <div key={group.name}>
            <p className={css.group} id={`nav-${group.name}`}>{t(`admin.nav_${group.name}`)}</p>
            <ul aria-labelledby={`nav-${group.name}`}>
              {group.entries.filter(({ key }) => !hidden.includes(key)).map(({ to, key, Icon }) => (
                <li key={key}>
                  <Link to={to as '/'} className={css.link ?? ''} activeProps={{ className: css.active ?? '' }} onClick={() => setOpen(false)}>
                    <Icon size={16} stroke={1.7} aria-hidden />
                    {t(`admin.${key}`)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className={css.content}><Outlet /></div>
    </div>
  );
}
