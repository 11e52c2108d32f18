// Keys of the desk, by their place on the keyboard and not by their letter, so that they work on a
// Cyrillic layout as well.
import { useEffect, useRef } from 'react';

export type Keys = Partial<Record<string, () => void>>;

/** The name of a key press: `Shift+F2`, `Alt+ArrowUp`, `KeyN`; the question mark by what it writes. */
export function nameOf(event: KeyboardEvent): string {
  if (event.key === '?') return '?';
  const parts = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', event.shiftKey ? 'Shift' : ''];
  return [...parts.filter(Boolean), event.code].join('+');
}

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/**
 * Calls what a key stands for. Function keys and those with Ctrl or Alt work everywhere, letters
 * only outside fields, and none while a dialog asks something.
 */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const name = nameOf(event);
      const act = latest.current[name];
      if (!act) return;
      const everywhere = /^(Shift\+)?F\d+$/.test(name) || name.startsWith('Ctrl+') || name.startsWith('Alt+');
      if (!everywhere && inField(event.target)) return;
      if (document.querySelector('[role=dialog][aria-modal=true]')) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
