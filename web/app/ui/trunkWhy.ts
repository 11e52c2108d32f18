// Why a trunk can or cannot be used, in words. The codes are `TrunkWhy` of crates/telephony/src/sip/port.rs.
import type { Key, t as words } from '../i18n/t';

const CODES = [
  'options_answered', 'registered', 'nothing_against', 'not_registered', 'not_asked', 'options_unanswered', 'invite_unanswered', 'invite_answered',
  'register_unanswered', 'register_unconnected', 'register_interval', 'registrar_answered',
] as const;

/** The reason in words, with the status that was answered; a code that is not known here is shown as it is. */
export function trunkWhyWords(t: typeof words, why: string): string {
  const [, code = why, status = ''] = /^(.*?)(?:_(\d{3}))?$/.exec(why) ?? [];
  const known = CODES.find((one) => one === code);
  return known ? t(`board.trunk_why_${known}` satisfies Key, { status }) : why;
}
