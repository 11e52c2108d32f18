// Why a contact waits and why it was offered to whom, in the reader's language, from the facts that
// the server sends beside its English.
import type { DecisionView, WhyView } from '../api/types';
import { currentLocale, formatDateTime, formatSpan, t } from '../i18n/t';

/** The answer in sentences. */
export function whyWords(why: WhyView): string {
  switch (why.stand) {
    case 'waits': break;
    case 'waits_for_opening':
      return why.opens ? t('board.stand_opening', { at: formatDateTime(why.opens) }) : t('board.stand_no_opening');
    default: return t(`board.stand_${why.stand}`);
  }
  if (!why.who) return why.sentence;
  const { team, pools, period, service, staffed, kept_for, overflow_open } = why.who;
  const rings = [
    ...(typeof team === 'string' ? [t('board.by_team', { name: team })] : []),
    ...(pools.length > 0 ? [t('board.by_pools', { count: pools.length, names: pools.join(', ') })] : []),
  ];
  const who = rings.length > 0 ? new Intl.ListFormat(currentLocale()).format(rings) : t('board.by_nobody');
  return sentences(
    service ? t(`board.may_answer_${service}`, { who, period: period ?? '' }) : t('board.may_answer', { who }),
    staffed === 0 ? t('board.staffed_none') : t('board.staffed', { count: staffed }),
    kept_for && t('board.kept_for', { name: kept_for }),
    overflow_open && t('board.overflow_is_open'),
  );
}

/** A decision in sentences. */
export function decisionWords({ name, kind, facts }: DecisionView): string {
  if (!facts) return t(kind === 'queue' ? 'board.chosen_simply' : `board.chosen_${kind}`, { name });
  const { contact_rule, others, others_named, not_asked, not_asked_counts } = facts;
  return sentences(
    t(`board.chosen_${facts.agent_rule}`, { name }),
    contact_rule !== 'just_arrived' && t(`board.picked_${contact_rule}`),
    others === 0 ? t('board.free_none') : t('board.free', { count: others }),
    others_named.length > 0 && t('board.next_in_order', { names: others_named.join(', ') }),
    not_asked.length > 0 &&
      t('board.not_asked', { names: not_asked.map((one) => `${one.name} (${t(`board.not_${one.code}`)})`).join(', ') }),
    not_asked_counts.length > 0 &&
      t('board.whole_floor', { counts: not_asked_counts.map((one) => `${t(`board.not_${one.code}`)} (${one.agents})`).join(', ') }),
    t('board.had_waited', { waited: formatSpan(facts.waited_ms), count: facts.waiting_behind }),
    t('board.applied', { version: facts.contract_version, period: facts.period }),
    facts.overflow && t('board.overflow_was_open'),
    facts.skills_relaxed > 0 && t('board.relaxed', { count: facts.skills_relaxed }),
  );
}

const sentences = (...parts: (string | false | null | undefined)[]): string => parts.filter(Boolean).join(' ');
