import type { ContactState } from '../api/types';
import { useT } from '../i18n/t';
import css from './Contacts.module.css';

const tones: Record<ContactState, string> = {
  open: 'talking', handled: 'available', abandoned: 'fault', short_abandoned: 'away', closed: 'away', queue_full: 'fault', queue_removed: 'fault',
  voicemail: 'away', cut: 'fault', not_reached: 'away', callback_cancelled: 'away',
};

/** How a contact stands or ended, in a word. */
export function ContactStateWord({ state }: { state: ContactState }) {
  const t = useT();
  return <span className={css.state} style={{ color: `var(--${tones[state]})`, background: `var(--${tones[state]}-bg)` }}>{t(`reports.state_${state}`)}</span>;
}
