import { IconPlugConnectedX } from '@tabler/icons-react';

import { formatSeconds, useT } from '../i18n/t';
import { live } from '../live/hub';
import { useCell } from '../live/store';
import css from './ConnectionBar.module.css';

/** Says that what is on screen is old, as long as it is. */
export function ConnectionBar() {
  const t = useT();
  const status = useCell(live().status);
  return (
    <div role="status" aria-live="assertive">
      {status.kind === 'lost' && (
        <div className={css.bar}>
          <IconPlugConnectedX size={16} stroke={1.8} />
          <strong>{t('shell.reconnecting')}</strong>
          {status.since > 0 && <span>{t('shell.figures_of', { time: formatSeconds(status.since) })}</span>}
        </div>
      )}
    </div>
  );
}
