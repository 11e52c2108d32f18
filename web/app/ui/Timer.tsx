import { formatSpan } from '../i18n/t';
import { useNow } from '../live/clock';

/** A running time since an instant, by the server's clock. Not announced each second. */
export function Since({ at, className }: { at: string; className?: string | undefined }) {
  const now = useNow();
  return <span className={`num ${className ?? ''}`} role="timer" aria-live="off">{formatSpan(now - Date.parse(at))}</span>;
}

/** The time left until an instant. */
export function Until({ at, className }: { at: string; className?: string | undefined }) {
  const now = useNow();
  // Rounded up: "0:01" stands for the last second, not "0:00".
  return <span className={`num ${className ?? ''}`} role="timer" aria-live="off">{formatSpan(Date.parse(at) - now + 999)}</span>;
}
