// One way to the server: JSON both ways, the session's cookie, the CSRF token on every change, and
// errors as `ApiError` with what to do next.
import createClient from 'openapi-fetch';

import { say, sayFault } from '../i18n/said';
import { t } from '../i18n/t';
import type { paths } from './__generated__/schema.d.ts';
import { ApiError, isErrorBody } from './errors';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Query = Record<string, string | number | boolean | null | undefined>;
type Options = { query?: Query; signal?: AbortSignal; keepalive?: boolean };

let csrf = '';
const signedOut = new Set<() => void>();

/** Remembers the token of the session; the server gives it at sign-in and with `me`. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Calls back when the server says that nobody is signed in any more. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** A path under `/api/v1` from its template, each value encoded: ``path`/desk/contacts/${id}/hold` ``. */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((whole, part, i) => whole + part + (i < values.length ? encodeURIComponent(values[i] ?? '') : ''), '');
}

/** Sends a request under `/api/v1` and gives the body of the answer. */
export async function request<T>(method: Method, at: string, body?: unknown, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  let payload: BodyInit | undefined;
  if (body instanceof Blob) {
    payload = body;
    headers['content-type'] = body.type || 'application/octet-stream';
  } else if (body !== undefined) {
    payload = JSON.stringify(body);
    headers['content-type'] = 'application/json';
  }
  if (method !== 'GET') headers['x-csrf-token'] = csrf;

  const response = await reach(() => fetch(address(at, options.query), {
    method, headers, credentials: 'same-origin',
    ...(payload !== undefined ? { body: payload } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.keepalive ? { keepalive: true } : {}),
  }));
  if (!response.ok) throw await refusal(response, at);
  if (response.status === 204) return undefined as T; // operations without a body are asked for as `void`
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T; // the server's description is the promise of its shape
}

/** Reads. */
export const get = <T>(at: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  request<T>('GET', at, undefined, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) });
/** Acts. */
export const post = <T = void>(at: string, body: unknown = {}): Promise<T> => request<T>('POST', at, body);
/** Replaces. */
export const put = <T = void>(at: string, body: unknown = {}): Promise<T> => request<T>('PUT', at, body);

/**
 * The operations of the server's description, each typed by its path. A refusal is thrown as
 * `ApiError`, so the answer's `data` is there whenever the operation has one.
 */
export const api = createClient<paths>({ fetch: (input) => reach(() => fetch(input)) });
api.use({
  onRequest({ request: asked }) {
    if (asked.method !== 'GET') asked.headers.set('x-csrf-token', csrf);
    return asked;
  },
  async onResponse({ response, schemaPath }) {
    if (!response.ok) throw await refusal(response, schemaPath);
  },
});

async function reach(ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'unreachable', t('shell.unreachable'), t('shell.unreachable_next'), undefined);
  }
}

function address(at: string, query?: Query): string {
  const asked = Object.entries(query ?? {}).filter((pair): pair is [string, string | number | boolean] =>
    pair[1] !== undefined && pair[1] !== null && pair[1] !== '');
  const search = new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1${at}${search && `?${search}`}`;
}

async function refusal(response: Response, at: string): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const retry = Number(response.headers.get('retry-after'));
  const said = isErrorBody(body) && say(body.reason ?? body.code, body.args, body);
  const error = isErrorBody(body) && said
    ? new ApiError(response.status, body.code, said.message, said.next, body.request_id, (body.faults ?? []).map(sayFault), retry || undefined)
    : new ApiError(
        response.status, response.status >= 500 ? 'internal' : 'malformed',
        t('shell.odd_answer', { status: String(response.status) }), t('shell.odd_answer_next'), undefined,
      );
  if (error.code === 'sign_in_needed' && !at.includes('/session')) for (const listener of signedOut) listener();
  return error;
}
