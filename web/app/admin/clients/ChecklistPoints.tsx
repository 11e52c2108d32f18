import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';

import type { ChecklistPoint } from '../../api/types';
import { sayPoint } from '../../i18n/said';
import { useT } from '../../i18n/t';
import css from './ChecklistPoints.module.css';

/** What is done and what is missing before a client can go live, each with the way to do it. */
export function ChecklistPoints({ points }: { points: readonly ChecklistPoint[] }) {
  const t = useT();
  const navigate = useNavigate();
  return (
    <ul className={css.points} aria-label={t('admin.checklist')}>
      {points.map((point) => (
        <li key={point.code}>
          {point.done ? (
            <IconCircleCheck size={20} className={css.done ?? ''} role="img" aria-label={t('admin.done')} />
          ) : (
            <IconAlertTriangle size={20} className={css.open ?? ''} role="img" aria-label={t('admin.missing')} />
          )}
          <span>
            <strong>{t(`admin.point_${point.code}`)}</strong>
            <br />
            <span className={css.next}>{sayPoint(point).message} {sayPoint(point).next}</span>
          </span>
          {!point.done && (
            <Button variant="light" aria-label={`${t('admin.set_up')}: ${t(`admin.point_${point.code}`)}`} onClick={() => void navigate({ to: point.link as '/' })}>
              {t('admin.set_up')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
