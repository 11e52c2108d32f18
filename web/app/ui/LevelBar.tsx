import css from './LevelBar.module.css';

/** How a share stands to its target: within ten points below it is a warning. */
export function standing(permille: number, targetPercent: number): 'good' | 'warn' | 'bad' {
  if (permille >= targetPercent * 10) return 'good';
  return permille >= targetPercent * 10 - 100 ? 'warn' : 'bad';
}

/** A share as a bar with the mark of its target. The figure stands beside it in text. */
export function LevelBar({ permille, target }: { permille: number; target: number }) {
  const state = standing(permille, target);
  return (
    <span className={css.bar} aria-hidden>
      <span className={css.fill} data-state={state} style={{ width: `${Math.min(100, permille / 10)}%` }} />
      <span className={css.mark} style={{ left: `${target}%` }} />
    </span>
  );
}
