// Paths of the administration, below `/admin`, and the signed-in person's own settings.
import { createRoute, lazyRouteComponent, redirect, type AnyRoute } from '@tanstack/react-router';

/** Keeps what is text in an address, and drops the rest. */
const texts = (search: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(search)
      .filter((pair): pair is [string, string | number] => typeof pair[1] === 'string' || typeof pair[1] === 'number')
      .map(([name, value]) => [name, String(value)]),
  );

/** The routes of the administration, to hang into the frame. */
export function adminRoutes<P extends AnyRoute>(parent: P) {
  const profile = createRoute({
    getParentRoute: () => parent,
    path: '/profile',
    component: lazyRouteComponent(() => import('../signin/Profile')),
  });
  const admin = createRoute({ getParentRoute: () => parent, path: '/admin', component: lazyRouteComponent(() => import('./Admin')) });
  const home = createRoute({
    getParentRoute: () => admin,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/admin/clients' as '/' });
    },
  });
  const screen = (path: string, load: () => Promise<{ default: React.ComponentType }>) =>
    createRoute({ getParentRoute: () => admin, path, validateSearch: texts, component: lazyRouteComponent(load) });
  const client = createRoute({ getParentRoute: () => admin, path: '/clients/$client', component: lazyRouteComponent(() => import('./clients/Client')) });
  const part = (path: string, load: () => Promise<{ default: React.ComponentType }>) =>
    createRoute({ getParentRoute: () => client, path, validateSearch: texts, component: lazyRouteComponent(load) });
  const named = (name: 'Pools' | 'Teams' | 'Skills' | 'Sites') => () => import('./floor/Named').then((module) => ({ default: module[name] }));

  return [
    profile,
    admin.addChildren([
      home,
      screen('/clients', () => import('./clients/Clients')),
      client.addChildren([
        part('/', () => import('./clients/Overview')),
        part('/contract', () => import('./contract/Contract')),
        part('/history', () => import('./contract/History')),
        part('/proposals', () => import('./contract/Proposals')),
        part('/on-call', () => import('./clients/OnCall')),
        part('/presence', () => import('./clients/Presence')),
        part('/billing', () => import('./clients/Billing')),
        part('/widgets', () => import('./clients/Widgets')),
        part('/calls', () => import('./clients/Calls')),
        part('/prompts', () => import('./clients/Prompts')),
        part('/flows', () => import('./clients/Flows')),
        part('/phone_book', () => import('./clients/PhoneBook')),
        part('/canned', () => import('./clients/Canned')),
      ]),
      screen('/set-up', () => import('./clients/Setup')),
      screen('/import', () => import('./clients/Import')),
      screen('/invoices', () => import('../invoices/All')),
      screen('/margins', () => import('../margins/Margins')),
      screen('/calendars', () => import('./calendars/Calendars')),
      screen('/calendars/$calendar', () => import('./calendars/Calendar')),
      screen('/agents', () => import('./people/Agents')),
      screen('/agents/$agent', () => import('./people/Agent')),
      screen('/sign-offs', () => import('./people/SignOffs')),
      screen('/users', () => import('./people/Users')),
      screen('/pools', named('Pools')),
      screen('/teams', named('Teams')),
      screen('/skills', named('Skills')),
      screen('/sites', named('Sites')),
      screen('/trunks', () => import('./telephony/Trunks')),
      screen('/desk-phones', () => import('./telephony/DeskPhones')),
      screen('/numbers', () => import('./telephony/Numbers')),
      screen('/tokens', () => import('./system/Tokens')),
      screen('/mail', () => import('./system/Mail')),
      screen('/audit', () => import('./system/Audit')),
      screen('/settings', () => import('./system/Settings')),
    ]),
  ] as const;
}
