import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wordsOf } from './words';

const languages = ['en', 'fr', 'ru'];
const files = Object.fromEntries(
  languages.map((language) => [
    language,
    JSON.parse(readFileSync(`${import.meta.dirname}/messages/${language}.json`, 'utf8')) as Record<
      string,
      string
    >,
  ]),
);
const plural = /_(zero|one|two|few|many|other)$/;
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe.each(languages)('the words in %s', (language) => {
  const file = files[language] ?? {};

  it('are all there and none is left over', () => {
    const plain = (of: Record<string, string>) =>
      Object.keys(of)
        .filter((key) => !plural.test(key) || key === 'ahead_none')
        .sort();
    expect(plain(file)).toEqual(plain(files['en'] ?? {}));
  });

  it('have every plural the language asks for', () => {
    for (const category of new Intl.PluralRules(language).resolvedOptions().pluralCategories)
      expect(file).toHaveProperty(`ahead_${category}`);
  });

  it('use the same values as the English', () => {
    for (const [key, text] of Object.entries(file)) {
      const other = files['en']?.[key] ?? files['en']?.[key.replace(plural, '_other')] ?? '';
      expect({ key, names: names(text) }).toEqual({ key, names: names(other) });
    }
  });
});

it('says waits in whole minutes, never shorter than they are', () => {
  expect(wordsOf('en', files['en'] ?? {}).minutes(61_000)).toBe('2 minutes');
  expect(wordsOf('ru', files['ru'] ?? {}).minutes(300_000)).toBe('5 минут');
  expect(wordsOf('fr', files['fr'] ?? {}).count('ahead', 1)).toBe('1 personne est avant vous');
});
