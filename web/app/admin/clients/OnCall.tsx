import { useParams } from '@tanstack/react-router';

import { useMe } from '../../api/session';
import { OnCall as List } from '../../oncall/OnCall';

/** Who is on call at a client, for the provider's people. */
export default function OnCall() {
  const { client } = useParams({ strict: false }) as { client: string };
  return <List client={client} mayChange={useMe().role !== 'planner'} />;
}
