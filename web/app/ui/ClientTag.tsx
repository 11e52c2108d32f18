import css from './ClientTag.module.css';

/** The tag of a client: two letters in its hue, so that one sees at a glance for whom one speaks. */
export function ClientTag({ initials, hue, size = 20 }: { initials: string; hue: number; size?: number }) {
  return (
    <span
      className={css.tag} aria-hidden
      style={{ width: size, height: size, fontSize: size * 0.46, background: `hsl(${hue} var(--tag-s) var(--tag-l))` }}
    >
      {initials}
    </span>
  );
}
