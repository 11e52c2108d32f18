import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';

import type { Band, Plot } from './plot';

export type { Band, Series } from './plot';

const NO_BANDS: readonly Band[] = [];

/** Series over time. The table beside it says the same, so for a screen reader this is one picture. */
export function Chart({ times, series, bands = NO_BANDS, label, height = 220, counted = false, format, local = false }: Pick<Plot, 'times' | 'series' | 'format'> & Partial<Plot> & { label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const look = useComputedColorScheme();
  useEffect(() => {
    let gone = false;
    let takeAway: (() => void) | undefined;
    void import('./plot').then(({ plot }) => {
      if (!gone && box.current) takeAway = plot(box.current, { times, series, bands, height, counted, format, local });
    });
    return () => {
      gone = true;
      takeAway?.();
    };
    // The colours are read as the chart is drawn, so another look draws it anew.
  }, [times, series, bands, height, counted, format, local, look]);
  return <div ref={box} role="img" aria-label={label} style={{ minHeight: height }} />;
}
