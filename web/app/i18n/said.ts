// What the server says in sentences, in the reader's language: found by the stable code that comes
// with each, filled with the values that come beside it. The server's own English is the English of
// the screens, and the fallback for a code without words here. `cargo xtask rules` holds both files
// to every code that the server can send.
import type { ChecklistPoint, FaultView, TimelineEntry } from '../api/types';
import type { Locale } from './t';

type Sentences = Record<string, string[] | undefined>;
const load: Partial<Record<Locale, () => Promise<{ default: Sentences }>>> = {
  fr: () => import('./said.fr.json'),
  ru: () => import('./said.ru.json'),
};

let words: Sentences = {};
let instants: (at: string) => string = (at) => at;

/** What happened and what to do. */
export type Said = { message: string; next: string };

/** Loads a language's sentences; `formatInstant` writes the instants in them. */
export async function loadSaid(locale: Locale, formatInstant: (at: string) => string): Promise<void> {
  words = (await load[locale]?.())?.default ?? {};
  instants = formatInstant;
}

/** The sentences of a code, or the server's English with its instants made readable. */
export function say(code: string, args: readonly string[] | undefined, english: Said): Said {
  const found = Object.hasOwn(words, code) ? words[code] : undefined;
  const values = args ?? [];
  if (!found) return { message: readable(english.message, values), next: readable(english.next, values) };
  const fill = (text = '') => text.replace(/\{(\d+)\}/g, (whole, at: string) => {
    const value = values[Number(at)];
    return value === undefined ? whole : isInstant(value) ? instants(value) : value;
  });
  return { message: fill(found[0]), next: fill(found[1]) };
}

/** A fault in the reader's language. */
export const sayFault = (fault: FaultView): FaultView => ({ ...fault, ...say(fault.code, fault.args, fault) });

/** A point of the checklist in the reader's language. */
export const sayPoint = (point: ChecklistPoint): Said => say(point.finding, point.args, point);

/** A thing that happened to a contact, in the reader's language. */
export const sayEntry = ({ code, args, text }: TimelineEntry): string => say(code, args, { message: text, next: '' }).message;

const isInstant = (value: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);

const readable = (text: string, args: readonly string[]): string =>
  args.filter(isInstant).reduce((whole, at) => whole.replaceAll(at, instants(at)), text);
