import type { CompareNote } from '../../api/types';
import type { Args, Key, t as translate } from '../../i18n/t';

const MODELS = ['shared', 'dedicated', 'hybrid'] as const;

/** A reason or a warning in the reader's language; in the server's English when there are no words for it here. */
export function noteWords(t: typeof translate, { code, text, args }: CompareNote): string {
  const key = `planning.note_${code}` as Key; // whether there is such a message is looked at next
  const filled: Args = Object.fromEntries(
    args.map((value, at) => {
      const model = MODELS.find((one) => one === value);
      return [String(at), model ? t(`planning.model_in_${model}`) : value];
    }),
  );
  const words = t(key, filled);
  return words === key ? text : words;
}
