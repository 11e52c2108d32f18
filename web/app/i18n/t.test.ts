import { afterEach, describe, expect, it, vi } from 'vitest';

import en from './en';
import enAdmin from './en/admin.json';
import enCall from './en/call.json';
import enClient from './en/client.json';
import enFirstrun from './en/firstrun.json';
import enLeft from './en/left.json';
import enPlanning from './en/planning.json';
import fr from './fr';
import frAdmin from './fr/admin.json';
import frCall from './fr/call.json';
import frClient from './fr/client.json';
import frFirstrun from './fr/firstrun.json';
import frLeft from './fr/left.json';
import frPlanning from './fr/planning.json';
import ru from './ru';
import ruAdmin from './ru/admin.json';
import ruCall from './ru/call.json';
import ruClient from './ru/client.json';
import ruFirstrun from './ru/firstrun.json';
import ruLeft from './ru/left.json';
import ruPlanning from './ru/planning.json';
import { formatAgo, formatDate, formatPermille, formatSpan, formatTime, needFace, region, setLocale, t, type Key, type Locale } from './t';

const catalogues: Record<Locale, Record<string, Record<string, string>>> = {
  en: { ...en, admin: enAdmin, call: enCall, client: enClient, firstrun: enFirstrun, left: enLeft, planning: enPlanning },
  fr: { ...fr, admin: frAdmin, call: frCall, client: frClient, firstrun: frFirstrun, left: frLeft, planning: frPlanning },
  ru: { ...ru, admin: ruAdmin, call: ruCall, client: ruClient, firstrun: ruFirstrun, left: ruLeft, planning: ruPlanning },
};
const categories = /_(zero|one|two|few|many|other)$/;

/** Messages that come in plural forms are those with an `_other` in English. */
function stems(face: Record<string, string>): { plain: string[]; plural: string[] } {
  const plural = Object.keys(face).filter((key) => key.endsWith('_other')).map((key) => key.replace(/_other$/, ''));
  const plain = Object.keys(face).filter((key) => !plural.includes(key.replace(categories, '')) || !categories.test(key));
  return { plain, plural };
}

describe('message files', () => {
  for (const locale of ['fr', 'ru'] as const) {
    it(`${locale} has every message of English and no other`, () => {
      for (const [name, face] of Object.entries(catalogues.en)) {
        const ours = stems(face);
        const theirs = stems(catalogues[locale][name] ?? {});
        expect(theirs.plain.sort(), name).toEqual(ours.plain.sort());
        expect(theirs.plural.sort(), name).toEqual(ours.plural.sort());
      }
    });
  }

  for (const locale of ['en', 'fr', 'ru'] as const) {
    it(`${locale} has every plural form of the language`, () => {
      const wanted = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
      for (const [name, face] of Object.entries(catalogues[locale])) {
        for (const stem of stems(face).plural) {
          for (const form of wanted) expect(face, `${name}.${stem}`).toHaveProperty([`${stem}_${form}`]);
        }
      }
    });

    it(`${locale} keeps the arguments of each message`, () => {
      const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
      for (const [name, face] of Object.entries(catalogues.en)) {
        for (const key of stems(face).plain) {
          expect(names(catalogues[locale][name]?.[key] ?? ''), `${name}.${key}`).toEqual(names(face[key] ?? ''));
        }
      }
    });

    it(`${locale} has no empty message`, () => {
      for (const [name, face] of Object.entries(catalogues[locale])) {
        for (const [key, text] of Object.entries(face)) expect(text.trim(), `${name}.${key}`).not.toBe('');
      }
    });
  }
});

describe('t', () => {
  afterEach(() => setLocale('en'));

  it('writes a day of the calendar the same everywhere, and an instant where the reader is', () => {
    expect(formatDate('2026-11-28', 'America/New_York')).toBe('Sat, November 28, 2026');
    expect(formatDate('2026-11-28T03:00:00Z', 'America/New_York')).toBe('Fri, November 27, 2026');
    expect(formatDate('2026-11-28T03:00:00Z', 'Europe/Paris')).toBe('Sat, November 28, 2026');
  });

  it('chooses the plural form of the language', async () => {
    const key: Key = 'shell.minutes';
    expect([1, 2].map((count) => t(key, { count }))).toEqual(['1 minute', '2 minutes']);
    await setLocale('fr');
    expect([0, 1, 2].map((count) => t(key, { count }))).toEqual(['0 minute', '1 minute', '2 minutes']);
    await setLocale('ru');
    expect([1, 2, 5, 21].map((count) => t(key, { count }))).toEqual(['1 минута', '2 минуты', '5 минут', '21 минута']);
  });

  it('sets the language of the page', async () => {
    await setLocale('ru');
    expect(document.documentElement.lang).toBe('ru');
  });
});

describe('figures', () => {
  it('writes a span with hours only from an hour on', () => {
    expect([0, 59_999, 61_000, 3_600_000, -5].map(formatSpan)).toEqual(['00:00', '00:59', '01:01', '1:00:00', '00:00']);
  });

  it('says how long ago in the largest unit that fits', () => {
    expect([-20_000, -61_000, -7_199_000, -86_400_000 * 3].map(formatAgo)).toEqual(['this minute', '1 minute ago', '1 hour ago', '3 days ago']);
  });

  it('writes nothing rather than zero for a level that does not exist yet', () => {
    expect(formatPermille(undefined)).toBe('–');
    expect(formatPermille(853)).toBe('85.3%');
  });
});

it('keeps every face that is asked for at the same time', async () => {
  await Promise.all([needFace('admin'), needFace('firstrun')]);
  expect([t('admin.save'), t('firstrun.next'), t('shell.close')]).toEqual(['Save', 'Continue', 'Close']);
  await setLocale('fr');
  expect([t('admin.save'), t('firstrun.next'), t('shell.close')]).toEqual(['Enregistrer', 'Continuer', 'Fermer']);
  await setLocale('en');
});

describe('regions', () => {
  const browser = (...languages: string[]) => vi.spyOn(navigator, 'languages', 'get').mockReturnValue(languages);
  afterEach(async () => {
    vi.restoreAllMocks();
    await setLocale('en');
  });

  it('are those of the reader’s browser, where it names one of the language', async () => {
    browser('de-DE', 'en-US', 'fr-CA');
    expect(region()).toBe('en-US');
    await setLocale('fr');
    expect(region()).toBe('fr-CA');
    await setLocale('ru');
    expect(region()).toBe('ru');
  });

  it('count hours to 24 where the browser names no region of English', async () => {
    browser('fr-FR', 'en');
    await setLocale('en');
    expect(region()).toBe('en-GB');
    expect(formatTime('2026-03-02T15:04:00Z', 'UTC')).toBe('15:04');
  });
});
