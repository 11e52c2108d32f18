// The wire: types made from the server's description (`npm run api --prefix web`), and names for
// what recurs in it. Instants are RFC 3339 in UTC, spans are whole milliseconds, ids are UUIDs.
export type * from './__generated__/schema.d.ts';

export type Id = string;
export type Instant = string;

/** A page of a list and where the next one begins. */
export type Page<T> = { items: T[]; next?: string | null };
