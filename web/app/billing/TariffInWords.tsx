import type { TariffTerms } from '../api/types';
import { useT } from '../i18n/t';
import amounts from './Amounts.module.css';
import css from './Statement.module.css';
import { tariffInWords, type Names } from './words';

/** What a tariff says, a sentence each. */
export function TariffInWords({ tariff, names }: { tariff: TariffTerms; names: Names }) {
  const t = useT();
  const priced = [tariff.charges, tariff.seats, tariff.fees].some((part) => part && part.length > 0) || Boolean(tariff.minimum_minor);
  if (!priced) return <p className={amounts.dim}>{t('billing.says_nothing')}</p>;
  return (
    <ul className={css.words}>
      {tariffInWords(t, tariff, names).map((sentence) => <li key={sentence}>{sentence}</li>)}
      {tariff.terms && <li>{tariff.terms}</li>}
    </ul>
  );
}
