import { afterEach, describe, expect, it } from 'vitest';

import { say, sayFault } from './said';
import { setLocale } from './t';

const english = { message: 'The threshold is 0 s.', next: 'Promise an answer within 1 to 86400 s, such as 20.' };

describe('what the server says', () => {
  afterEach(() => setLocale('en'));

  it('is said in the language chosen, with the values of the sentence', async () => {
    await setLocale('fr');
    expect(say('threshold_range', ['0'], english)).toEqual({
      message: 'Le seuil est de 0 s.',
      next: 'Promettez une réponse entre 1 et 86400 s, par exemple 20.',
    });
    await setLocale('ru');
    const fault = sayFault({ field: 'periods[0].promise.threshold_s', code: 'threshold_range', args: ['0'], ...english });
    expect(fault).toMatchObject({ field: 'periods[0].promise.threshold_s', message: 'Порог — 0 с.' });
  });

  it('stays as the server said it in English, and where a code has no words', async () => {
    expect(say('threshold_range', ['0'], english)).toEqual(english);
    await setLocale('fr');
    expect(say('code_of_next_year', ['0'], english)).toEqual(english);
    expect(say('constructor', [], english)).toEqual(english);
  });

  it('shows instants as people read them', async () => {
    const opens = { message: 'Office opens next at 2026-03-02T08:00:00Z.', next: '' };
    const args = ['Office', '2026-03-02T08:00:00Z'];
    expect(say('calendar_opens', args, opens).message).toMatch(/^Office opens next at .*Mar.*\.$/);
    await setLocale('fr');
    expect(say('calendar_opens', args, opens).message).toMatch(/^Office ouvre ensuite le .*mars.*\.$/);
  });
});
