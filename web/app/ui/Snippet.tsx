import css from './Snippet.module.css';

/** What is copied as a whole: a snippet of a page, a link, a secret. */
export const Snippet = ({ children }: { children: string | null | undefined }) => <code className={css.snippet}>{children}</code>;
