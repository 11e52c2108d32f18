// Every path of the screens. Each face is a chunk of its own, loaded when somebody goes there.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect, type RouterHistory } from '@tanstack/react-router';

import { adminRoutes } from './admin/routes';
import { ApiError } from './api/errors';
import { facesOf, session, type Me } from './api/session';
import type { InvoicePlace } from './invoices/place';
import { planningRoutes } from './planning/routes';
import { queries } from './queries';
import { Broken } from './shell/Broken';
import { Frame } from './shell/Frame';
import { Missing } from './shell/Missing';

const root = createRootRoute({ component: Outlet, notFoundComponent: Missing, errorComponent: Broken });

/** Text of the address, or nothing. */
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } => {
    const to = text(search['to']);
    // Only a path of ours: an address that leads elsewhere after the sign-in would help a thief.
    return to?.startsWith('/') && !to.startsWith('//') ? { to } : {};
  },
  component: lazyRouteComponent(() => import('./signin/SignIn')),
});

const firstRun = createRoute({
  getParentRoute: () => root,
  path: '/first-run',
  validateSearch: (search: Record<string, unknown>): { token?: string } => {
    const token = text(search['token']);
    return token ? { token } : {};
  },
  component: lazyRouteComponent(() => import('./firstrun/FirstRun')),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./signin/Invitation')),
});

/** The frame around every screen of somebody signed in. */
export const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  beforeLoad: async ({ location }) => {
    try {
      return { me: await queries.ensureQueryData(session) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { to: location.href } });
      }
      throw error;
    }
  },
  component: Frame,
  errorComponent: Broken,
});

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  beforeLoad: ({ context }) => {
    const [first = 'desk'] = facesOf(context.me);
    throw redirect({ to: `/${first}` as const });
  },
});

const desk = createRoute({
  getParentRoute: () => frame,
  path: '/desk',
  validateSearch: (search: Record<string, unknown>): { contact?: string; columns?: boolean } => {
    const contact = text(search['contact']);
    return { ...(contact ? { contact } : {}), ...(search['columns'] === true ? { columns: true } : {}) };
  },
  // Whoever has no desk is led to where they are at home, rather than to one that never opens.
  beforeLoad: ({ context }) => {
    if (!facesOf(context.me).includes('desk')) throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => import('./agent/Desk')),
});

/** What the board shows, kept in the address so that it can be sent to a colleague. */
export type BoardSearch = {
  client?: string | undefined; state?: string | undefined; find?: string | undefined; contact?: string | undefined;
  agent?: string | undefined; wall?: boolean | undefined;
};

const board = createRoute({
  getParentRoute: () => frame,
  path: '/board',
  validateSearch: (search: Record<string, unknown>): BoardSearch => ({
    client: text(search['client']), state: text(search['state']), find: text(search['find']),
    contact: text(search['contact']), agent: text(search['agent']),
    ...(search['wall'] === true ? { wall: true } : {}),
  }) as BoardSearch, // keys without a value are dropped from the address
  component: lazyRouteComponent(() => import('./supervisor/Board')),
});

/** Whose figures a report shows, and of which day. */
export type ReportSearch = { client?: string | undefined; queue?: string | undefined; agent?: string | undefined; day?: string | undefined; by?: 'client' | 'queue' | 'channel' | 'agent' | undefined; range?: 'month' | 'year' | undefined };

const reports = createRoute({
  getParentRoute: () => frame,
  path: '/reports',
  validateSearch: (search: Record<string, unknown>): ReportSearch => {
    const by = search['by'];
    return {
      client: text(search['client']), queue: text(search['queue']), agent: text(search['agent']), day: text(search['day']),
      ...(by === 'client' || by === 'queue' || by === 'channel' || by === 'agent' ? { by } : {}),
      ...(search['range'] === 'month' || search['range'] === 'year' ? { range: search['range'] } : {}),
    } as ReportSearch; // as above
  },
  component: lazyRouteComponent(() => import('./reports/Reports')),
});

const scheduled = createRoute({
  getParentRoute: () => frame,
  path: '/reports/scheduled',
  component: lazyRouteComponent(() => import('./reports/Scheduled')),
});

/** Which contacts are listed: those of a day, or of the days up to another; of a channel, by how they stand, with a recording. */
export type ContactSearch = {
  client?: string | undefined; find?: string | undefined; day?: string | undefined; to?: string | undefined;
  channel?: string | undefined; state?: string | undefined; recorded?: boolean | undefined;
};

const contacts = createRoute({
  getParentRoute: () => frame,
  path: '/contacts',
  validateSearch: (search: Record<string, unknown>): ContactSearch =>
    ({
      client: text(search['client']), find: text(search['find']), day: text(search['day']), to: text(search['to']),
      channel: text(search['channel']), state: text(search['state']), ...(search['recorded'] === true ? { recorded: true } : {}),
    }) as ContactSearch, // as above
  component: lazyRouteComponent(() => import('./reports/Contacts')),
});

const contact = createRoute({
  getParentRoute: () => frame,
  path: '/contacts/$contact',
  component: lazyRouteComponent(() => import('./reports/Contact')),
});

/** Which of the messages left are listed, or of the lost contacts: the open ones unless all. */
export type LeftSearch = { client?: string | undefined; all?: boolean | undefined; lost?: boolean | undefined; find?: string | undefined; day?: string | undefined; to?: string | undefined };

const left = createRoute({
  getParentRoute: () => frame,
  path: '/left-messages',
  validateSearch: (search: Record<string, unknown>): LeftSearch =>
    ({
      client: text(search['client']), find: text(search['find']), day: text(search['day']), to: text(search['to']),
      ...(search['all'] === true ? { all: true } : {}), ...(search['lost'] === true ? { lost: true } : {}),
    }) as LeftSearch, // as above
  component: lazyRouteComponent(() => import('./left/Left')),
});

/** A screen of a client's own people: whoever of the provider types its address is led to where the provider has the same. */
const ofClients = (instead = '/') => ({ context }: { context: { me: Me } }): void => {
  if (context.me.client) return;
  const owns = context.me.role === 'account_manager' || context.me.role === 'administrator';
  throw redirect({ to: (owns ? instead : '/') as '/' }); // paths of the administration are not in the type
};

/** The first page of a client's people: this day, or this month. */
export type OverviewSearch = { range?: 'month' | undefined };

const overview = createRoute({
  getParentRoute: () => frame,
  path: '/overview',
  beforeLoad: ofClients('/admin/clients'),
  validateSearch: (search: Record<string, unknown>): OverviewSearch => (search['range'] === 'month' ? { range: 'month' } : {}),
  component: lazyRouteComponent(() => import('./client/Overview')),
});

const onCall = createRoute({
  getParentRoute: () => frame,
  path: '/on-call',
  beforeLoad: ofClients('/admin/clients'),
  component: lazyRouteComponent(() => import('./client/OnCall')),
});

const hours = createRoute({
  getParentRoute: () => frame,
  path: '/hours',
  beforeLoad: ofClients('/admin/clients'),
  component: lazyRouteComponent(() => import('./client/Hours')),
});

const people = createRoute({
  getParentRoute: () => frame,
  path: '/people',
  beforeLoad: ofClients('/admin/users'),
  component: lazyRouteComponent(() => import('./client/People')),
});

const contract = createRoute({
  getParentRoute: () => frame,
  path: '/contract',
  beforeLoad: ofClients('/admin/clients'),
  component: lazyRouteComponent(() => import('./client/Contract')),
});

const billing = createRoute({
  getParentRoute: () => frame,
  path: '/billing',
  beforeLoad: ofClients('/admin/invoices'),
  validateSearch: (search: Record<string, unknown>): InvoicePlace =>
    ({ state: text(search['state']), q: text(search['q']), invoice: text(search['invoice']) }) as InvoicePlace, // as above
  component: lazyRouteComponent(() => import('./client/Billing')),
});

const routes = root.addChildren([
  signIn,
  firstRun,
  invitation,
  frame.addChildren([home, desk, board, reports, scheduled, contacts, contact, left, overview, onCall, hours, contract, billing, people, planningRoutes(frame), ...adminRoutes(frame)]),
]);

/** A router over the addresses of `history`; the browser's own when there is none. */
export function makeRouter(history?: RouterHistory) {
  return createRouter({ routeTree: routes, defaultPreload: 'intent', defaultNotFoundComponent: Missing, ...(history ? { history } : {}) });
}

export const router = makeRouter();

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
