// Several clients compared: what each contract would cost each of them and leave to the provider.
import { Button } from '@mantine/core';

import { Section } from '../../admin/parts/Page';
import type { ComparedContract, ComparisonView, ServiceModel } from '../../api/types';
import { formatMoney } from '../../billing/money';
import { useT } from '../../i18n/t';
import css from './Comparison.module.css';
import { sums } from './together';

const MODELS: readonly ServiceModel[] = ['shared', 'dedicated', 'hybrid'];

/** A row for each client, and the sums that choosing alike or as recommended would give. */
export function Together({ of, chosen, choose }: { of: readonly ComparisonView[]; chosen: string; choose: (client: string) => void }) {
  const t = useT();
  const currency = of[0]?.currency ?? 'EUR';
  const money = (minor: number): string => formatMoney(Math.round(minor), currency);
  const models = MODELS.filter((model) => of.some(({ contracts }) => contracts.some((one) => one.model === model)));
  const cell = (one: ComparedContract | undefined) => (one && typeof one.price_minor.mean === 'number' ? <Money price={one.price_minor.mean} margin={one.margin_minor.mean ?? 0} money={money} /> : '–');
  const all = sums(of, models);
  return (
    <Section title={t('planning.several')} hint={t('planning.several_hint')}>
      {/* A wide table scrolls by itself, so it must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css.scroll} role="group" aria-label={t('planning.several')} tabIndex={0}>
        <table className={css.table} aria-label={t('planning.several')}>
          <thead>
            <tr>
              <th scope="col">{t('planning.client')}</th>
              {models.map((model) => <th key={model} scope="col">{t(`planning.model_${model}`)}</th>)}
              <th scope="col">{t('planning.as_recommended')}</th>
            </tr>
          </thead>
          <tbody>
            {of.map((it) => (
              <tr key={it.client} data-chosen={it.client === chosen || undefined}>
                <th scope="row"><Button variant="subtle" size="compact-sm" aria-pressed={it.client === chosen} onClick={() => choose(it.client)}>{it.client}</Button></th>
                {models.map((model) => (
                  <td key={model} className="num" {...(it.advice === model ? { 'data-best': true } : {})}>{cell(it.contracts.find((one) => one.model === model))}</td>
                ))}
                <td>{it.advice ? t(`planning.model_${it.advice}`) : t('planning.none_fits')}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t('planning.all_of_them')}</th>
              {models.map((model) => <td key={model} className="num">{all[model] ? <Money {...all[model]} money={money} /> : '–'}</td>)}
              <td className="num">{all.advised ? <Money {...all.advised} money={money} /> : '–'}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Section>
  );
}

function Money({ price, margin, money }: { price: number; margin: number; money: (minor: number) => string }) {
  const t = useT();
  return <>{money(price)}<small className={css.half}>{t('planning.leaves', { margin: money(margin) })}</small></>;
}
