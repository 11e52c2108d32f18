import { Page } from '../admin/parts/Page';
import { useMe } from '../api/session';
import { needFace, useT } from '../i18n/t';
import { OnCall as List } from '../oncall/OnCall';

await needFace('oncall');

/** Who is on call, for the client's own people. */
export default function OnCall() {
  const t = useT();
  const me = useMe();
  return (
    <Page title={t('oncall.title')} why={t('oncall.why')}>
      <List client={me.client?.id ?? ''} mayChange={me.role === 'client_manager'} />
    </Page>
  );
}
