// How a call ended, in words. The codes are the table of crates/telephony/src/ending.rs; each is a message.
import type { Key, t as words } from '../i18n/t';

const CODES = [
  'answered_normal_customer', 'answered_normal_agent', 'answered_normal_third', 'transferred_away', 'hung_up_on_hold', 'carrier_cut',
  'media_timeout', 'session_expired', 'agent_lost', 'server_restart', 'abandoned_at_once', 'abandoned_in_menu', 'abandoned_in_greeting',
  'abandoned_in_queue', 'abandoned_ringing', 'carrier_cut_waiting', 'media_timeout_waiting', 'timeout_no_ack', 'answered_elsewhere', 'closed',
  'ended_by_menu', 'queue_full', 'queue_removed', 'voicemail_left', 'voicemail_empty', 'callback_promised', 'number_not_ours',
  'anonymous_refused', 'flood_refused', 'trunk_full', 'not_acceptable', 'refused', 'no_answer', 'busy', 'rejected', 'unwanted', 'unreachable',
  'unallocated_number', 'number_changed', 'invalid_number', 'redirected', 'forbidden', 'unauthorized', 'identity_wanted', 'congestion',
  'carrier_failure', 'carrier_silent', 'cancelled_by_agent', 'cancelled', 'agent_missed', 'agent_busy', 'agent_refused', 'agent_unreachable',
] as const;

const FAULTS = ['customer', 'agent', 'provider', 'carrier', 'nobody'] as const;

/** The ending in words; a code that is not known here is shown as it is. */
export function endingWords(t: typeof words, code: string): string {
  const known = CODES.find((one) => one === code);
  return known ? t(`call.ending_${known}` satisfies Key) : code;
}

/** Whose fault, in words; a word that is not known here is shown as it is. */
export function faultWords(t: typeof words, fault: string): string {
  const known = FAULTS.find((one) => one === fault);
  return known ? t(`call.fault_${known}` satisfies Key) : fault;
}
