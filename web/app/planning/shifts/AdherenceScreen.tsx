import { Page } from '../../admin/parts/Page';
import { needFace, useT } from '../../i18n/t';
import { AdherenceDays } from './AdherenceDays';

await needFace('shifts');

/** Adherence by day and agent, for planners. */
export default function AdherenceScreen() {
  const t = useT();
  return <Page title={t('shifts.adherence')} why={t('shifts.adherence_why')}><AdherenceDays /></Page>;
}
