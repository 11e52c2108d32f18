import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { ApiError } from './api/errors';
import { showError } from './ui/toast';

declare module '@tanstack/react-query' {
  interface Register {
    /** `quiet`: the screen itself shows what went wrong. */
    mutationMeta: { quiet?: boolean };
    queryMeta: { quiet?: boolean };
  }
}

/** Whether trying again may help: the server was away or busy, not: it said no. */
function passing(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 503);
}

/** All that is fetched and not live. What fails is told in a toast, unless the screen does it. */
export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // With data on screen the toast is the only sign; without, the screen shows the error.
      if (query.state.data !== undefined && !query.meta?.quiet) showError(error);
    },
  }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      if (!mutation.meta?.quiet) showError(error);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < 3 && passing(error),
      refetchOnWindowFocus: false,
    },
  },
});
