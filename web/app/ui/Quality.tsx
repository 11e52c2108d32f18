import type { QualityView } from '../api/types';
import { currentLocale, formatNumber, formatPermille, needFace, useT } from '../i18n/t';
import css from './Quality.module.css';

await needFace('call');

/** A mean opinion score in a word: the categories of user satisfaction of ITU-T G.109, by the score that G.107 gives their limits. */
export function soundWord(tenths: number): 'best' | 'good' | 'fair' | 'poor' | 'bad' {
  if (tenths >= 43) return 'best';
  if (tenths >= 40) return 'good';
  if (tenths >= 36) return 'fair';
  return tenths >= 31 ? 'poor' : 'bad';
}

/** How a leg sounds or sounded, in a word and in figures. */
export function Quality({ quality }: { quality: QualityView }) {
  const t = useT();
  const word = soundWord(quality.mos_tenths);
  const score = new Intl.NumberFormat(currentLocale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(quality.mos_tenths / 10);
  return (
    <>
      <strong className={css.mos} data-word={word}>{t(`call.sound_${word}`)} {score}</strong>{' '}
      <span className={css.facts}>
        {t('call.sound_facts', { loss: formatPermille(quality.loss_permille), jitter: formatNumber(quality.jitter_ms), concealed: formatPermille(quality.concealed_permille) })}
        {typeof quality.round_trip_ms === 'number' && `, ${t('call.sound_round_trip', { ms: formatNumber(quality.round_trip_ms) })}`}
      </span>
    </>
  );
}
