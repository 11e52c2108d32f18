// Words on screen, from one message file per face and language.
//
// `t('desk.answer')` reads `answer` of `en/desk.json`. A message that depends on a number has one
// entry per plural category of the language (`waiting_one`, `waiting_other`, …) and is asked for
// without the ending: `t('board.waiting', { count: 3 })`.
import { useSyncExternalStore } from 'react';

import type en from './en';
import type admin from './en/admin.json';
import type billing from './en/billing.json';
import type call from './en/call.json';
import type client from './en/client.json';
import type firstrun from './en/firstrun.json';
import type left from './en/left.json';
import type oncall from './en/oncall.json';
import type planning from './en/planning.json';
import type mail from './en/mail.json';
import type presence from './en/presence.json';
import type redaction from './en/redaction.json';
import type scheduled from './en/scheduled.json';
import type shifts from './en/shifts.json';
import type staffing from './en/staffing.json';
import late from './late';
import { loadSaid } from './said';

type Late = { admin: typeof admin; billing: typeof billing; call: typeof call; client: typeof client; firstrun: typeof firstrun; left: typeof left; mail: typeof mail; oncall: typeof oncall; planning: typeof planning; presence: typeof presence; redaction: typeof redaction; scheduled: typeof scheduled; shifts: typeof shifts; staffing: typeof staffing };
type Catalogue = typeof en & Late;
type Stem<K> = K extends `${infer S}_${'zero' | 'one' | 'two' | 'few' | 'many' | 'other'}` ? S : K;

/** Every message there is, as `face.name`. */
export type Key = { [F in keyof Catalogue]: `${F & string}.${Stem<keyof Catalogue[F]> & string}` }[keyof Catalogue];

/** A language of the screens. */
export type Locale = 'en' | 'fr' | 'ru';

/** The languages of the screens, by their own names. */
export const LOCALES: readonly { code: Locale; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'fr', name: 'Français' },
  { code: 'ru', name: 'Русский' },
];

type Messages = Record<string, Record<string, string>>;
const load: Record<Locale, () => Promise<{ default: Messages }>> = {
  en: () => import('./en'),
  fr: () => import('./fr'),
  ru: () => import('./ru'),
};

let locale: Locale = 'en';
let messages: Messages = {};
let plural = new Intl.PluralRules('en');
const listeners = new Set<() => void>();

/** The arguments a message may take. */
export type Args = Record<string, string | number>;

/** The message in the language chosen. */
export function t(key: Key, args?: Args): string {
  const dot = key.indexOf('.');
  const face = messages[key.slice(0, dot)] ?? {};
  const name = key.slice(dot + 1);
  const count = args?.['count'];
  const text =
    (typeof count === 'number' ? face[`${name}_${plural.select(count)}`] ?? face[`${name}_other`] : undefined) ??
    face[name] ??
    key;
  if (!args) return text;
  return text.replace(/\{(\w+)\}/g, (whole, word: string) => {
    const value = args[word];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatNumber(value) : value;
  });
}

/** The language chosen. */
export function currentLocale(): Locale {
  return locale;
}

const faces = new Set<keyof Late>();
const lateMessages = async (face: keyof Late, of: Locale): Promise<Messages> => ({ [face]: (await late[face][of]()).default });

/** Loads the messages of a face that does not come with the first screen; its module awaits this. */
export async function needFace(face: keyof Late): Promise<void> {
  faces.add(face);
  const part = await lateMessages(face, locale);
  // Read only now: another face may have come in meanwhile.
  messages = { ...messages, ...part };
}

/** Remembers a language as chosen in this browser, and shows every screen in it. */
export async function chooseLocale(next: Locale): Promise<void> {
  localStorage.setItem('permanence.language', next);
  await setLocale(next);
}

/** Loads a language's messages and shows every screen in it. */
export async function setLocale(next: Locale): Promise<void> {
  const [, ...parts] = await Promise.all([loadSaid(next, (at) => formatDateTime(at)), ...[...faces].map((face) => lateMessages(face, next))]);
  messages = Object.assign({}, (await load[next]()).default, ...parts) as Messages; // parts of messages make messages
  locale = next;
  plural = new Intl.PluralRules(next);
  formats.clear();
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** The language to begin with: chosen before, else the browser's, else English. */
export function preferredLocale(): Locale {
  const wanted = [localStorage.getItem('permanence.language'), ...navigator.languages];
  for (const tag of wanted) {
    const found = LOCALES.find(({ code }) => tag?.toLowerCase().split('-')[0] === code);
    if (found) return found.code;
  }
  return 'en';
}

/** Whether somebody chose a language in this browser, rather than the browser for them. */
export function localeChosen(): boolean {
  return localStorage.getItem('permanence.language') !== null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `t`, and a new rendering when the language changes. */
export function useT(): typeof t {
  useSyncExternalStore(subscribe, currentLocale);
  return t;
}

/** The language, and a new rendering when it changes. */
export function useLocale(): Locale {
  return useSyncExternalStore(subscribe, currentLocale);
}

/**
 * The language as the reader's browser has it for a country, which says whether hours count to 12 or to
 * 24 and how days are written; British English where it names none.
 */
export function region(): string {
  const named = navigator.languages.find((tag) => tag.startsWith(`${locale}-`));
  return named ?? (locale === 'en' ? 'en-GB' : locale);
}

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
function format<F extends Intl.NumberFormat | Intl.DateTimeFormat>(name: string, make: () => F): F {
  const known = formats.get(name);
  if (known) return known as F; // a name always stands for one kind of format
  const made = make();
  formats.set(name, made);
  return made;
}

/** A whole number in the language's grouping. */
export function formatNumber(value: number): string {
  return format('number', () => new Intl.NumberFormat(region())).format(value);
}

/** 853 permille as 85.3 %. */
export function formatPermille(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return '–';
  return format(`percent${digits}`, () =>
    new Intl.NumberFormat(region(), { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ).format(value / 1000);
}

/** Hour and minute of an instant, in the reader's zone unless another is given. */
export function formatTime(at: string | number | Date, zone?: string): string {
  return format(`time${zone ?? ''}`, () =>
    new Intl.DateTimeFormat(region(), { hour: '2-digit', minute: '2-digit', ...(zone ? { timeZone: zone } : {}) }),
  ).format(new Date(at));
}

/** Hour, minute and second of an instant, in the reader’s zone unless another is given. */
export function formatSeconds(at: string | number | Date, zone?: string): string {
  return format(`seconds${zone ?? ''}`, () =>
    new Intl.DateTimeFormat(region(), { hour: '2-digit', minute: '2-digit', second: '2-digit', ...(zone ? { timeZone: zone } : {}) }),
  ).format(new Date(at));
}

/** Day and time of an instant, in the reader's zone unless another is given. */
export function formatDateTime(at: string | number | Date, zone?: string): string {
  return format(`datetime${zone ?? ''}`, () =>
    new Intl.DateTimeFormat(region(), {
      day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...(zone ? { timeZone: zone } : {}),
    }),
  ).format(new Date(at));
}

/** A day with its month and year: of an instant, in the reader's zone unless another is given, or of the calendar (`2026-11-30`), the same everywhere. */
export function formatDate(at: string | number | Date, zone?: string): string {
  const shown = typeof at === 'string' && /^\d{4}-\d\d-\d\d$/.test(at) ? 'UTC' : zone;
  return format(`date${shown ?? ''}`, () =>
    new Intl.DateTimeFormat(region(), {
      weekday: 'short', day: 'numeric', month: 'long', year: 'numeric', ...(shown ? { timeZone: shown } : {}),
    }),
  ).format(new Date(at));
}

/** A day of the calendar (`2026-11-30`) with its weekday: `Mon 30 Nov`. */
export function formatDay(day: string): string {
  return format('day', () => new Intl.DateTimeFormat(region(), { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })).format(Date.parse(`${day}T00:00:00Z`));
}

/** A month of the calendar (`2026-11`) with its year. */
export function formatMonth(month: string, name: 'long' | 'short' = 'long'): string {
  return format(`month${name}`, () => new Intl.DateTimeFormat(region(), { month: name, year: 'numeric', timeZone: 'UTC' })).format(Date.parse(`${month}-01T00:00:00Z`));
}

/** A size in bytes, in the unit that reads best. */
export function formatBytes(bytes: number): string {
  const [unit, scale] = bytes < 1e6 ? (['kilobyte', 1e3] as const) : (['megabyte', 1e6] as const);
  return format(unit, () =>
    new Intl.NumberFormat(region(), { style: 'unit', unit, maximumFractionDigits: 1 }),
  ).format(bytes / scale);
}

/** How long ago an instant is, `ms` from now, in the largest unit that fits. */
export function formatAgo(ms: number): string {
  const units = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]] as const;
  const [unit, length] = units.find(([, least]) => Math.abs(ms) >= least) ?? (['minute', 60_000] as const);
  return new Intl.RelativeTimeFormat(region(), { numeric: 'auto' }).format(Math.trunc(ms / length), unit);
}

/** A span as `mm:ss`, or `h:mm:ss` from an hour on. */
export function formatSpan(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
