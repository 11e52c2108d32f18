// What the board shows, from the address.
import type { AgentStateView, BoardAgent, Id } from '../api/types';

/** Groups of states as counters; each agent is in exactly one. */
export const COUNTERS = ['available', 'offered', 'talking', 'holding', 'wrap_up', 'away', 'no_answer', 'signed_out'] as const;
export type Counter = (typeof COUNTERS)[number];

/** The counter that an agent belongs to. */
export function counterOf({ kind, reason }: Pick<AgentStateView, 'kind' | 'reason'>): Counter {
  switch (kind) {
    case 'consulting': return 'holding';
    case 'lost': return 'no_answer';
    case 'away': return reason === 'no_answer' || reason === 'connection_lost' ? 'no_answer' : 'away';
    default: return kind;
  }
}

/** How many agents each counter has. */
export function count(agents: readonly BoardAgent[]): Record<Counter, number> {
  const counts = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>; // every name is set
  for (const { state } of agents) counts[counterOf(state)] += 1;
  return counts;
}

/** Lower case and without accents, so that "Amelie" finds "Amélie". */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

export type AgentFilter = { state?: string | undefined; find?: string | undefined; client?: Id | undefined };

/** Whether an agent passes the filter. Signed-out agents are shown when asked for only. */
export function passes(agent: BoardAgent, { state, find, client }: AgentFilter): boolean {
  const counter = counterOf(agent.state);
  if (state === undefined ? counter === 'signed_out' && !find : counter !== state) return false;
  if (client !== undefined && agent.contacts.length > 0 && !agent.contacts.some((contact) => contact.client === client)) return false;
  return find === undefined || plain(agent.name).includes(plain(find));
}

export type Sort = 'name' | 'state' | 'time' | 'answered' | 'occupancy';

const order: readonly Counter[] = ['no_answer', 'offered', 'holding', 'wrap_up', 'talking', 'available', 'away', 'signed_out'];

/** Compares agents for a column; a tie is broken by name, then by id. */
export function compare(by: Sort): (a: BoardAgent, b: BoardAgent) => number {
  const tie = (a: BoardAgent, b: BoardAgent): number => a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
  const since = (agent: BoardAgent): number => Date.parse(agent.state.since);
  switch (by) {
    case 'name': return tie;
    case 'state':
      return (a, b) => order.indexOf(counterOf(a.state)) - order.indexOf(counterOf(b.state)) || since(a) - since(b) || tie(a, b);
    case 'time': return (a, b) => since(a) - since(b) || tie(a, b);
    case 'answered': return (a, b) => b.answered - a.answered || tie(a, b);
    case 'occupancy': return (a, b) => (b.occupancy_permille ?? -1) - (a.occupancy_permille ?? -1) || tie(a, b);
  }
}
