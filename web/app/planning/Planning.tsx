import { IconArrowsSplit2, IconCalendarTime, IconHistory, IconScale, IconTrendingUp, IconUserCheck, IconUsers } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';

import css from '../admin/Admin.module.css';
import { needFace, useT } from '../i18n/t';

await Promise.all([needFace('admin'), needFace('billing'), needFace('planning'), needFace('staffing'), needFace('shifts')]);

const entries = [
  { to: '/planning/compare', key: 'planning.compare', Icon: IconScale },
  { to: '/planning/what-if', key: 'planning.what_if', Icon: IconArrowsSplit2 },
  { to: '/planning/forecast', key: 'staffing.forecast', Icon: IconTrendingUp },
  { to: '/planning/staffing', key: 'staffing.staffing', Icon: IconUsers },
  { to: '/planning/shifts', key: 'shifts.title', Icon: IconCalendarTime },
  { to: '/planning/adherence', key: 'shifts.adherence', Icon: IconUserCheck },
  { to: '/planning/fidelity', key: 'staffing.fidelity', Icon: IconHistory },
] as const;

/** Planning: its own navigation beside each screen. */
export default function Planning() {
  const t = useT();
  return (
    <div className={css.admin}>
      <nav className={css.nav} aria-label={t('planning.nav')}>
        <ul>
          {entries.map(({ to, key, Icon }) => (
            <li key={key}>
              <Link to={to as '/'} className={css.link ?? ''} activeProps={{ className: css.active ?? '' }}>
                <Icon size={16} stroke={1.7} aria-hidden />
                {t(key)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className={css.content}><Outlet /></div>
    </div>
  );
}
