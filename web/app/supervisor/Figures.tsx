import { ActionIcon, Tooltip } from '@mantine/core';
import { IconDeviceTv } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { formatNumber, formatPermille, useT, type Key } from '../i18n/t';
import { live } from '../live/hub';
import { useCell } from '../live/store';
import { Since } from '../ui/Timer';
import { useBoardSearch } from './Board';
import css from './Figures.module.css';

/** The sums of the floor. Each says by what formula it is made; those of today lead to their contacts. */
export function Figures() {
  const t = useT();
  const floor = useCell(live().board.floor);
  const [, change] = useBoardSearch();
  return (
    <section className={css.strip} aria-label={t('board.figures')}>
      <Tile name="board.waiting_now" how="board.how_waiting" alert={floor.waiting > 0}>{formatNumber(floor.waiting)}</Tile>
      <Tile name="board.longest" how="board.how_longest" alert={floor.waiting > 0}>
        {floor.longest_since ? <Since at={floor.longest_since} /> : '–'}
      </Tile>
      <Tile name="board.talking_now" how="board.how_talking" onClick={() => change({ state: 'talking' })}>{formatNumber(floor.talking)}</Tile>
      <Tile name="board.offered" how="board.how_offered" link>{formatNumber(floor.offered)}</Tile>
      <Tile name="board.answered" how="board.how_answered" link>{formatNumber(floor.answered)}</Tile>
      <Tile name="board.abandoned" how="board.how_abandoned" link note={typeof floor.abandonment_permille === 'number' ? formatPermille(floor.abandonment_permille) : undefined}>
        {formatNumber(floor.abandoned)}
      </Tile>
      <Tile name="board.agents" how="board.how_agents" onClick={() => change({ state: 'available' })}>
        {formatNumber(floor.agents_available)}<span className={css.of}> / {formatNumber(floor.agents_signed_in)}</span>
      </Tile>
      <Tile name="board.occupancy" how="board.how_occupancy">{formatPermille(floor.occupancy_permille, 0)}</Tile>
      <Tooltip label={t('board.wall')}>
        <ActionIcon
          variant="default" className={css.wall ?? ''} size={36} aria-label={t('board.wall')}
          onClick={() => {
            // Full screen is a courtesy; a browser that refuses still shows the wall in its window.
            void document.documentElement.requestFullscreen?.().catch(() => undefined);
            change({ wall: true });
          }}
        >
          <IconDeviceTv size={20} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    </section>
  );
}

function Tile({ name, how, children, note, alert = false, link = false, onClick }: {
  name: Key; how: Key; children: ReactNode; note?: string | undefined; alert?: boolean; link?: boolean; onClick?: () => void;
}) {
  const t = useT();
  const body = (
    <>
      <span className={css.name}>{t(name)}</span>
      <span className={`num ${css.value}`}>{children}{note && <span className={css.note}>{note}</span>}</span>
    </>
  );
  const shared = { className: css.tile ?? '', 'data-alert': alert || undefined };
  return (
    <Tooltip label={t(how)}>
      {link ? <Link to="/contacts" search={{}} {...shared}>{body}</Link>
        : onClick ? <button type="button" onClick={onClick} {...shared}>{body}</button>
        : <div {...shared}>{body}</div>}
    </Tooltip>
  );
}
