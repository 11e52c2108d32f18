import type { ReactNode } from 'react';

import css from './Staffing.module.css';

/** What is wider than the screen scrolls by itself, so it must be reachable by keyboard. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <div className={css.scroll} role="group" aria-label={label} tabIndex={0}>{children}</div>;
}
