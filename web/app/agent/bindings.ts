// Which key stands for what at the desk. Each person may choose other keys; the choice is kept in
// this browser under the person's id.
import { useEffect } from 'react';

import { useMe } from '../api/session';
import type { Id } from '../api/types';
import { Cell, useCell } from '../live/store';
import { useKeys, type Keys } from './keys';

/** What can be done by a key, with the usual one. */
export const USUAL = {
  answer: 'F2', refuse: 'Shift+F2', hold: 'F4', end: 'Shift+F4', mute: 'F8', record: 'Shift+F8', transfer: 'F9', conference: 'Shift+F9',
  previous: 'Alt+ArrowUp', next: 'Alt+ArrowDown', note: 'KeyN', reply: 'KeyR', canned: 'Slash', finish: 'Ctrl+Enter',
} as const;

/** Something a key stands for. */
export type Action = keyof typeof USUAL;
/** The key of each action. */
export type Bindings = Readonly<Record<Action, string>>;

/** All actions, in the order in which they are listed. */
export const ACTIONS = Object.keys(USUAL) as Action[]; // the keys of a literal are exactly its type's

/** Keys of the screens or of every browser, which stay what they are. */
const TAKEN: ReadonlySet<string> = new Set([
  '?', 'Ctrl+KeyK', 'F1', 'F5', 'F6', 'F11', 'F12', 'Alt+F4', 'Alt+ArrowLeft', 'Alt+ArrowRight', 'Alt+Tab',
  'Ctrl+KeyA', 'Ctrl+KeyC', 'Ctrl+KeyV', 'Ctrl+KeyX', 'Ctrl+KeyZ', 'Ctrl+KeyY', 'Ctrl+KeyF', 'Ctrl+KeyN', 'Ctrl+KeyP', 'Ctrl+KeyR',
  'Ctrl+KeyS', 'Ctrl+KeyT', 'Ctrl+KeyW', 'Ctrl+KeyL', 'Ctrl+Shift+KeyN', 'Ctrl+Shift+KeyT', 'Ctrl+Shift+KeyI', 'Ctrl+Tab',
]);
/** A function key or a printing key by its place, with or without others held. */
const POSSIBLE = /^((Ctrl\+)?(Alt\+)?(Shift\+)?)(F\d{1,2}|Key[A-Z]|Digit\d|Slash|Period|Comma|Semicolon|Quote|Minus|Equal|Backquote|Backslash|Bracket(Left|Right))$|^(Ctrl|Alt)\+(Shift\+)?(Arrow(Up|Down|Left|Right)|Enter|Home|End|PageUp|PageDown)$/;

/** Why a key cannot stand for an action: it is none that may be chosen, or another action has it. */
export type Clash = { kind: 'not_free' } | { kind: 'has'; action: Action };

/** What is against a key for an action, if anything. */
export function clashOf(bindings: Bindings, action: Action, key: string): Clash | undefined {
  if (TAKEN.has(key) || !POSSIBLE.test(key)) return { kind: 'not_free' };
  const other = ACTIONS.find((one) => one !== action && bindings[one] === key);
  return other && { kind: 'has', action: other };
}

const chosen = new Cell<{ user: Id; bindings: Bindings } | undefined>(undefined, 'now');
const at = (user: Id): string => `permanence.keys.${user}`;

/** The keys somebody chose; whatever is not possible any more is the usual one. */
export function readBindings(user: Id): Bindings {
  const bindings: Record<Action, string> = { ...USUAL };
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(at(user)) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return USUAL;
    const own = Object.entries(kept).filter((pair): pair is [Action, string] => pair[0] in USUAL && typeof pair[1] === 'string');
    for (const [action, key] of own) bindings[action] = key;
    return own.some(([action, key]) => clashOf(bindings, action, key)) ? USUAL : bindings;
  } catch {
    return USUAL;
  }
}

/** Lets somebody use these keys from now on. */
export function chooseBindings(user: Id, bindings: Bindings): void {
  chosen.set({ user, bindings });
  try {
    const own = Object.fromEntries(ACTIONS.filter((action) => bindings[action] !== USUAL[action]).map((action) => [action, bindings[action]]));
    if (Object.keys(own).length === 0) localStorage.removeItem(at(user));
    else localStorage.setItem(at(user), JSON.stringify(own));
  } catch {
    // A browser without storage has the keys until the page is left.
  }
}

/** The keys of whoever is signed in. */
export function useBindings(): Bindings {
  const { user } = useMe();
  const known = useCell(chosen);
  const bindings = known?.user === user ? known.bindings : undefined;
  useEffect(() => {
    if (!bindings) chosen.set({ user, bindings: readBindings(user) });
  }, [bindings, user]);
  return bindings ?? USUAL;
}

/** Calls what the keys of whoever is signed in stand for; `fixed` are keys that nobody changes. */
export function useActions(actions: Partial<Record<Action, () => unknown>>, fixed: Keys = {}): void {
  const bindings = useBindings();
  const keys: Keys = { ...fixed };
  for (const action of ACTIONS) {
    const run = actions[action];
    if (run) keys[bindings[action]] = () => void run();
  }
  useKeys(keys);
}

/** A key as it is written on the keyboard: `Shift F2`, `Alt ↑`, `N`. */
export function keyLabel(key: string): string {
  const signs: Record<string, string> = {
    ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Slash: '/', Period: '.', Comma: ',', Semicolon: ';', Quote: '\'', Minus: '-', Equal: '=',
    Backquote: '`', Backslash: '\\', BracketLeft: '[', BracketRight: ']',
  };
  return key.split('+').map((part) => signs[part] ?? part.replace(/^(Key|Digit)/, '')).join(' ');
}

/** A key as `aria-keyshortcuts` wants it: `Shift+F2`, `Control+Enter`, `N`. */
export const keyForAria = (key: string): string =>
  key.split('+').map((part) => (part === 'Ctrl' ? 'Control' : /^(Arrow|Page|Home|End|Enter|F\d|Alt|Shift)/.test(part) ? part : keyLabel(part))).join('+');
