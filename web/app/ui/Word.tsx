import css from './Word.module.css';

/** Where something stands, as a framed word; what is not done yet has a broken frame. */
export function Word({ tone, children }: { tone?: 'good' | 'bad' | 'waits' | undefined; children: string }) {
  return <span className={css.word} data-tone={tone}>{children}</span>;
}
