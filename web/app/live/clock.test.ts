import { beforeEach, describe, expect, it, vi } from 'vitest';

import { forget, learn, serverNow } from './clock';

const at = (ms: number): string => new Date(ms).toISOString();

describe('the server’s clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    forget();
  });

  it('is half a way behind the answer', () => {
    learn(at(1_060_050), 1_000_000, 1_000_100);
    expect(serverNow()).toBe(1_060_000);
  });

  it('believes the shortest way', () => {
    learn(at(1_060_020), 1_000_000, 1_000_040);
    learn(at(1_069_000), 1_000_000, 1_000_900);
    expect(serverNow()).toBe(1_060_000);
  });

  it('measures anew after a loss', () => {
    learn(at(1_060_020), 1_000_000, 1_000_040);
    forget();
    learn(at(1_030_400), 1_000_000, 1_000_800);
    expect(serverNow()).toBe(1_030_000);
  });
});
