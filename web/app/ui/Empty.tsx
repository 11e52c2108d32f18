import type { ReactNode } from 'react';

import css from './Empty.module.css';

/** What stands where there is nothing: why, and what to do. */
export function Empty({ title, children, icon, action }: {
  title: string; children?: ReactNode; icon?: ReactNode; action?: ReactNode;
}) {
  return (
    <div className={css.empty}>
      {icon && <div className={css.icon} aria-hidden>{icon}</div>}
      <p className={css.title}>{title}</p>
      {children && <div className={css.text}>{children}</div>}
      {action && <div className={css.action}>{action}</div>}
    </div>
  );
}
