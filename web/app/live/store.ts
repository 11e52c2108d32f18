// Live state outside React: a screen re-renders when its own part changes, once per frame.
import { useSyncExternalStore } from 'react';

/** Tells listeners at most once per frame, and also while the tab is hidden and frames stand still. */
export class Notifier {
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly pending = new Set<string>();
  private scheduled = false;

  subscribe(part: string, listener: () => void): () => void {
    const known = this.listeners.get(part) ?? new Set();
    this.listeners.set(part, known.add(listener));
    return () => {
      known.delete(listener);
      if (known.size === 0) this.listeners.delete(part);
    };
  }

  mark(part: string): void {
    this.pending.add(part);
    if (this.scheduled) return;
    this.scheduled = true;
    // A frame that finds nothing marked any more does nothing.
    if (document.visibilityState === 'hidden') queueMicrotask(() => this.flush());
    else requestAnimationFrame(() => this.flush());
  }

  /** Tells at once what has been marked. */
  flush(): void {
    this.scheduled = false;
    const parts = [...this.pending];
    this.pending.clear();
    for (const part of parts) for (const listener of this.listeners.get(part) ?? []) listener();
  }
}

/** A value with listeners, told with the next frame; or `now`, for what somebody types. */
export class Cell<T> {
  private readonly notifier = new Notifier();
  constructor(private value: T, private readonly when: 'frame' | 'now' = 'frame') {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    this.notifier.mark('value');
    if (this.when === 'now') this.notifier.flush();
  }

  subscribe = (listener: () => void): (() => void) => this.notifier.subscribe('value', listener);
}

/** The value of a cell, and a new rendering when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  return useSyncExternalStore(cell.subscribe, () => cell.get());
}

/** Rows by id, in the order they came, each the same object until it changes. */
export class Rows<R> {
  private readonly byId = new Map<string, R>();
  private list: readonly R[] = [];
  private dirty = false;
  private readonly notifier = new Notifier();

  constructor(private readonly idOf: (row: R) => string) {}

  replace(rows: readonly R[]): void {
    this.byId.clear();
    for (const row of rows) this.byId.set(this.idOf(row), row);
    this.changed();
  }

  put(rows: readonly R[]): void {
    if (rows.length === 0) return;
    for (const row of rows) this.byId.set(this.idOf(row), row);
    this.changed();
  }

  remove(ids: readonly string[]): void {
    let any = false;
    for (const id of ids) any = this.byId.delete(id) || any;
    if (any) this.changed();
  }

  get(id: string): R | undefined {
    return this.byId.get(id);
  }

  all = (): readonly R[] => {
    if (this.dirty) {
      this.list = [...this.byId.values()];
      this.dirty = false;
    }
    return this.list;
  };

  subscribe = (listener: () => void): (() => void) => this.notifier.subscribe('rows', listener);

  private changed(): void {
    this.dirty = true;
    this.notifier.mark('rows');
  }
}

/** All rows, and a new rendering when one changes. */
export function useRows<R>(rows: Rows<R>): readonly R[] {
  return useSyncExternalStore(rows.subscribe, rows.all);
}
