// Which rows are asked for, of messages left and of lost contacts alike.
import { useDebouncedValue } from '@mantine/hooks';
import { useSearch } from '@tanstack/react-router';

import { useMe } from '../api/session';
import { dayAfter, startOfDay } from '../ui/day';

/** The address's filter as the server reads it; words once nobody types any more. */
export function useAsked() {
  const me = useMe();
  const search = useSearch({ from: '/frame/left-messages' });
  const [find] = useDebouncedValue(search.find?.trim(), 300);
  return {
    ...(search.client ? { client: search.client } : {}), ...(search.all ? {} : { open: true }), ...(find ? { q: find } : {}),
    ...(search.day ? { from: startOfDay(search.day, me.zone).toISOString(), until: startOfDay(dayAfter(search.to ?? search.day), me.zone).toISOString() } : {}),
  };
}
