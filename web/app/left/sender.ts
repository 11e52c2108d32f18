// Whoever left a message.
import type { LeftMessageView } from '../api/types';
import type { useT } from '../i18n/t';

/** By what is known of them: a voicemail has no address, and perhaps no number. */
export function sender(left: Pick<LeftMessageView, 'name' | 'email' | 'phone'>, t: ReturnType<typeof useT>): string {
  return left.name ?? left.email ?? left.phone ?? t('left.number_withheld');
}
