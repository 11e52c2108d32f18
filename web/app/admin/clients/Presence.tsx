import { useParams } from '@tanstack/react-router';

import { Presence } from '../../presence/Presence';

/** Who answers for a client right now, for the provider’s people. */
export default function PresenceOfClient() {
  const { client } = useParams({ strict: false }) as { client: string };
  return <Presence client={client} side="provider" />;
}
