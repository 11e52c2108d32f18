import { ActionIcon, Tooltip } from '@mantine/core';
import { IconKeyboard } from '@tabler/icons-react';

import type { DeskFigures } from '../api/types';
import { formatNumber, formatPermille, formatSpan, useT } from '../i18n/t';
import css from './Today.module.css';

/** An agent's own day, small and out of the way. */
export function Today({ figures, onKeys }: { figures: DeskFigures; onKeys: () => void }) {
  const t = useT();
  const rows = [
    [t('desk.today_answered'), formatNumber(figures.answered)],
    [t('desk.today_missed'), formatNumber(figures.missed)],
    [t('desk.today_handle'), figures.handle_mean_ms === null || figures.handle_mean_ms === undefined ? '–' : formatSpan(figures.handle_mean_ms)],
    [t('desk.today_occupancy'), formatPermille(figures.occupancy_permille, 0)],
  ] as const;
  return (
    <div className={css.today}>
      <dl className={css.rows}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
      <Tooltip label={`${t('desk.keys')} (?)`}>
        <ActionIcon variant="subtle" color="gray" size={28} onClick={onKeys} aria-label={t('desk.keys')}>
          <IconKeyboard size={18} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
