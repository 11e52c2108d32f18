import type { CallRecordView, LegView } from '../api/types';
import { formatDate, formatDateTime, formatSeconds, formatSpan, needFace, useT } from '../i18n/t';
import { endingWords, faultWords } from '../ui/ending';
import { Quality } from '../ui/Quality';
import css from './CallRecord.module.css';
import { Player } from './Player';

await needFace('call');

/** The telephone side of a contact: how it came and ended, who was in it and how it sounded, and what is kept of it. */
export function CallRecord({ call, zone }: { call: CallRecordView; zone: string }) {
  const t = useT();
  return (
    <section className={css.box} aria-labelledby="call">
      <h2 id="call">{t('call.call')}</h2>
      <dl className={css.facts}>
        <Fact name={t('call.direction')}>{t(`call.${call.direction}`)}</Fact>
        <Fact name={t('call.number')}>{call.number ? <bdi className="num">{call.number}</bdi> : t('call.withheld')}</Fact>
        <Fact name={t(call.direction === 'inbound' ? 'call.number_dialled' : 'call.number_shown')}>{call.dialled ? <bdi className="num">{call.dialled}</bdi> : '–'}</Fact>
        {call.trunk && <Fact name={t('call.trunk')}>{call.trunk}</Fact>}
        <Fact name={t('call.ended')}>{call.ending ? endingWords(t, call.ending) : '–'}</Fact>
        {call.fault && <Fact name={t('call.fault')}>{faultWords(t, call.fault)}</Fact>}
        {typeof call.billable === 'boolean' && <Fact name={t('call.billable')}>{t(call.billable ? 'call.billable_yes' : 'call.billable_no')}</Fact>}
      </dl>
      {call.legs.length > 0 && <Legs legs={call.legs} zone={zone} />}
      {call.recordings.map((recording) => (
        <section key={recording.recording} className={css.recording} aria-label={t('call.recording_of', { at: formatDateTime(recording.started, zone) })}>
          <h3>
            {t('call.recording_of', { at: formatDateTime(recording.started, zone) })}
            {recording.kept_until && <span className={css.dim}>{t('call.kept_until', { at: formatDate(recording.kept_until, zone) })}</span>}
          </h3>
          {recording.status === 'writing' && <p className={css.dim}>{t('call.still_recording')}</p>}
          {recording.status === 'erased' && <p className={css.dim}>{t('call.erased')}</p>}
          {recording.status === 'damaged' && <p className={css.bad}>{t('call.damaged')}</p>}
          {(recording.status === 'done' || recording.status === 'damaged') && <Player recording={recording} />}
        </section>
      ))}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

const PARTIES = ['customer', 'agent', 'outside', 'supervisor'] as const;

function Legs({ legs, zone }: { legs: readonly LegView[]; zone: string }) {
  const t = useT();
  return (
    // A wide table scrolls by itself, so it must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={css.frame} role="region" aria-label={t('call.legs')} tabIndex={0}>
      <table className={css.table}>
        <caption className="visually-hidden">{t('call.legs')}</caption>
        <thead>
          <tr>
            {(['party', 'started', 'answered', 'length', 'ended', 'quality'] as const).map((column) => <th key={column} scope="col">{t(`call.leg_${column}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {legs.map((leg) => {
            const party = PARTIES.find((one) => one === leg.party);
            const length = leg.answered && leg.ended ? Date.parse(leg.ended) - Date.parse(leg.answered) : undefined;
            return (
              <tr key={leg.leg}>
                <th scope="row">{party ? t(`call.party_${party}`) : leg.party}{leg.agent_name && ` · ${leg.agent_name}`}</th>
                <td className="num">{formatSeconds(leg.started, zone)}</td>
                <td className="num">{leg.answered ? formatSeconds(leg.answered, zone) : '–'}</td>
                <td className="num">{length === undefined ? '–' : formatSpan(length)}</td>
                <td>{leg.ending ? endingWords(t, leg.ending) : '–'}</td>
                <td>{leg.quality ? <Quality quality={leg.quality} /> : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
