import { Page } from '../admin/parts/Page';
import { useMe } from '../api/session';
import { needFace, useT } from '../i18n/t';
import { Presence } from '../presence/Presence';

await needFace('presence');

/** The hours in which the provider answers, for the client’s own people. */
export default function Hours() {
  const t = useT();
  const me = useMe();
  return (
    <Page title={t('presence.title')} why={t('presence.why')}>
      <Presence client={me.client?.id ?? ''} side="client" />
    </Page>
  );
}
