import css from './KeyHint.module.css';

/** A key shown on a button; hidden from the button's name, which has `aria-keyshortcuts` instead. */
export function KeyHint({ children }: { children: string }) {
  return <kbd className={css.key} aria-hidden>{children}</kbd>;
}
