import { useT } from '../i18n/t';

const FORMULAS = [
  'answered_or_abandoned_in_time', 'of_answered', 'of_offered', 'excluding_abandoned_in_time', 'short_abandons_in_time',
  'excluding_short_abandons',
] as const;

/** The formula of a service level in words, from its stable name. */
export function useFormula(): (name: string) => string {
  const t = useT();
  return (name) => {
    const known = FORMULAS.find((one) => one === name);
    return known ? t(`board.formula_${known}`) : name;
  };
}
