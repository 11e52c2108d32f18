import { IconAlertTriangle, IconPlayerPause, IconPlugConnectedX } from '@tabler/icons-react';
import type { ComponentType } from 'react';

import type { BoardAlert } from '../api/types';
import { formatNumber, useT } from '../i18n/t';
import { live } from '../live/hub';
import { useCell, useRows } from '../live/store';
import { Since } from '../ui/Timer';
import { trunkWhyWords } from '../ui/trunkWhy';
import css from './Alerts.module.css';
import { useBoardSearch } from './Board';

const ICONS: Record<BoardAlert['kind'], ComponentType<{ size: number; stroke: number; 'aria-hidden': true }>> = {
  trunk_down: IconPlugConnectedX, trunk_degraded: IconAlertTriangle, pause_left_open: IconPlayerPause,
};

/** What somebody should look at now. Nothing at all when there is nothing. */
export function Alerts() {
  const t = useT();
  const alerts = useCell(live().board.alerts);
  return (
    <ul className={css.alerts} role="alert" aria-label={t('board.alerts')}>
      {alerts.map((alert) => <Alert key={`${alert.kind}-${alert.id}`} alert={alert} />)}
    </ul>
  );
}

function Alert({ alert }: { alert: BoardAlert }) {
  const t = useT();
  const Icon = ICONS[alert.kind];
  return (
    <li className={css.alert}>
      <Icon size={16} stroke={1.8} aria-hidden />
      <span className={css.words}>
        <strong>{t(`board.alert_${alert.kind}`, { name: alert.name })}</strong>
        {alert.why && <> <span className={css.why}>{trunkWhyWords(t, alert.why)}</span></>}
        {typeof alert.mos_tenths === 'number' && typeof alert.loss_permille === 'number' && (
          <> <span className={css.why}>{t('board.alert_sound', { mos: formatNumber(alert.mos_tenths / 10), loss: formatNumber(alert.loss_permille / 10) })}</span></>
        )}
      </span>
      <Since at={alert.since} />
      {alert.kind === 'pause_left_open' && <Look contact={alert.id} />}
    </li>
  );
}

/** Opens the agent who has the call. */
function Look({ contact }: { contact: string }) {
  const t = useT();
  const [, change] = useBoardSearch();
  const agent = useRows(live().board.agents).find((one) => one.contacts.some((held) => held.contact === contact));
  return agent && <button type="button" className={css.look} onClick={() => change({ agent: agent.id, contact: undefined })}>{t('board.alert_look')}</button>;
}
