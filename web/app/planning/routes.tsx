// Paths of planning, below `/planning`.
import { createRoute, lazyRouteComponent, redirect, type AnyRoute } from '@tanstack/react-router';

import { promiseSearch } from './promise';
import { forecastSearch } from './useForecast';

/** The job that a form begins with, kept in the address. */
const like = (search: Record<string, unknown>): { like?: string } => {
  const job = search['like'];
  return typeof job === 'string' && job !== '' ? { like: job } : {};
};

/** The routes of planning, to hang into the frame. */
export function planningRoutes<P extends AnyRoute>(parent: P) {
  const planning = createRoute({ getParentRoute: () => parent, path: '/planning', component: lazyRouteComponent(() => import('./Planning')) });
  const home = createRoute({
    getParentRoute: () => planning,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/planning/compare' as '/' });
    },
  });
  const screen = (path: string, load: () => Promise<{ default: React.ComponentType }>) =>
    createRoute({ getParentRoute: () => planning, path, validateSearch: like, component: lazyRouteComponent(load) });
  const forecast = createRoute({ getParentRoute: () => planning, path: '/forecast', validateSearch: forecastSearch, component: lazyRouteComponent(() => import('./Forecast')) });
  const staffing = createRoute({
    getParentRoute: () => planning, path: '/staffing', component: lazyRouteComponent(() => import('./Staffing')),
    validateSearch: (search: Record<string, unknown>) => ({ ...forecastSearch(search), ...promiseSearch(search) }),
  });
  const fidelity = createRoute({ getParentRoute: () => planning, path: '/fidelity', component: lazyRouteComponent(() => import('./Fidelity')) });
  const shifts = createRoute({
    getParentRoute: () => planning, path: '/shifts', component: lazyRouteComponent(() => import('./shifts/Shifts')),
    validateSearch: (search: Record<string, unknown>) => ({ ...forecastSearch(search), ...promiseSearch(search) }),
  });
  return planning.addChildren([
    home,
    screen('/compare', () => import('./compare/Compare')),
    screen('/compare/$job', () => import('./compare/Comparison')),
    screen('/what-if', () => import('./whatif/WhatIf')),
    screen('/what-if/$job', () => import('./whatif/Played')),
    forecast,
    staffing,
    fidelity,
    shifts,
    screen('/shifts/plan/$job', () => import('./shifts/Making')),
    screen('/shifts/$schedule', () => import('./shifts/Week')),
    screen('/adherence', () => import('./shifts/AdherenceScreen')),
  ]);
}
