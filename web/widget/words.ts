// The widget's words in the visitor's language. One file per language under messages/.

import type english from './messages/en.json';
import en from './messages/en.json?url';
import fr from './messages/fr.json?url';
import ru from './messages/ru.json?url';

// Each language is a file of its own, fetched by address: a visitor loads one, and the bundler's
// machinery for dynamic imports stays out of the frame.
const FILES: Record<string, string> = { en, fr, ru };

export type File = typeof english;
export type Words = ReturnType<typeof wordsOf>;

/** Loads the words for a language tag such as `fr-CA`; English where there is no file. */
export async function loadWords(tag: string) {
  const short = tag.slice(0, 2).toLowerCase();
  const language = short in FILES ? short : 'en';
  const answer = await fetch(FILES[language] as string);
  return wordsOf(language, (await answer.json()) as Record<string, string>);
}

/** The words of one language's file. */
export function wordsOf(language: string, file: Record<string, string>) {
  const say = (key: keyof File | (string & {}), values: Record<string, string | number> = {}) =>
    (file[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => `${values[name] ?? ''}`);
  return {
    language,
    say,
    count: (key: string, count: number) =>
      say(`${key}_${new Intl.PluralRules(language).select(count)}`, {
        count: new Intl.NumberFormat(language).format(count),
      }),
    /** A wait in whole minutes, never less than it is. */
    minutes: (ms: number) =>
      new Intl.NumberFormat(language, {
        style: 'unit',
        unit: 'minute',
        unitDisplay: 'long',
      }).format(Math.ceil(ms / 60_000)),
    size: (bytes: number) => {
      const [unit, divisor] =
        bytes >= 1_048_576
          ? ['megabyte', 1_048_576]
          : bytes >= 1_024
            ? ['kilobyte', 1_024]
            : ['byte', 1];
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit: unit as string,
        unitDisplay: unit === 'byte' ? 'long' : 'short',
        maximumFractionDigits: 1,
      }).format(bytes / (divisor as number));
    },
    time: (at: string) =>
      new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(
        new Date(at),
      ),
    day: (at: string) =>
      new Intl.DateTimeFormat(language, {
        weekday: 'long',
        day: 'numeric',
        month: 'long',
        hour: '2-digit',
        minute: '2-digit',
      }).format(new Date(at)),
  };
}
