import { describe, expect, it } from 'vitest';

import { formatPlace, readPlace } from './span';

describe('a place in a recording', () => {
  it('is written in minutes, seconds and tenths', () => {
    expect([0, 49, 50, 5300, 59_949, 59_951, 65_300, 3_600_000].map(formatPlace)).toEqual(['0:00.0', '0:00.0', '0:00.1', '0:05.3', '0:59.9', '1:00.0', '1:05.3', '60:00.0']);
  });

  it('is read as people write it', () => {
    expect(['0:05.3', '5,3', ' 65 ', '1:05', '1:05.25', '60:00'].map(readPlace)).toEqual([5300, 5300, 65_000, 65_000, 65_250, 3_600_000]);
    expect(['', 'a', '1:60', '1:2:3', '-1', '1.', '.5'].map(readPlace)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, undefined]);
  });
});
