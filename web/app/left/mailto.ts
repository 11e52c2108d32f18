// A mail to the customer, begun for the agent.
import type { LeftMessageView } from '../api/types';

/** Characters of the message that are quoted: mail programs cut addresses of some 2,000 signs. */
const QUOTED_MOST = 900;

/** The address of a mail that names the client and quotes what was left, in no language of ours. */
export function mailto({ email, client_name, name, at, language, body }: Pick<LeftMessageView, 'email' | 'client_name' | 'name' | 'at' | 'language' | 'body'>): string {
  const signs = [...body];
  const quoted = signs.length > QUOTED_MOST ? `${signs.slice(0, QUOTED_MOST).join('')}…` : body;
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(new Date(at));
  const text = ['', '', `${name ?? email ?? ''}, ${day}:`, ...quoted.split(/\r?\n/).map((line) => `> ${line}`), '', client_name].join('\r\n');
  const to = encodeURIComponent(email ?? '').replace('%40', '@');
  return `mailto:${to}?subject=${encodeURIComponent(`Re: ${client_name}`)}&body=${encodeURIComponent(text)}`;
}
