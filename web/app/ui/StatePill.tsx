import type { AgentStateView } from '../api/types';
import { useT } from '../i18n/t';
import css from './StatePill.module.css';

/** The look of a state: which colour pair, and which glyph, so that colour is never alone. */
type Look = 'available' | 'offered' | 'talking' | 'holding' | 'wrap-up' | 'away' | 'learning' | 'fault' | 'out';

const glyphs: Record<Look, string> = {
  available: '●', offered: '▲', talking: '■', holding: '❚❚', 'wrap-up': '✎', away: '▬', learning: '◆', fault: '✕', out: '○',
};

/** How a state looks. */
export function lookOf({ kind, reason }: Pick<AgentStateView, 'kind' | 'reason'>): Look {
  switch (kind) {
    case 'available': return 'available';
    case 'offered': return 'offered';
    case 'talking': return 'talking';
    case 'holding':
    case 'consulting': return 'holding';
    case 'wrap_up': return 'wrap-up';
    case 'signed_out': return 'out';
    case 'lost': return 'fault';
    case 'away':
      if (reason === 'no_answer' || reason === 'connection_lost') return 'fault';
      return reason === 'training' || reason === 'meeting' ? 'learning' : 'away';
  }
}

/** The state in words; away shows its reason. */
export function useStateWords(): (state: Pick<AgentStateView, 'kind' | 'reason'>) => string {
  const t = useT();
  return ({ kind, reason }) => (kind === 'away' && reason ? t(`desk.reason_${reason}`) : t(`desk.state_${kind}`));
}

/** A state as a pill with glyph and word. */
export function StatePill({ state, stale = false }: { state: Pick<AgentStateView, 'kind' | 'reason'>; stale?: boolean }) {
  const words = useStateWords()(state);
  const look = stale ? 'out' : lookOf(state);
  return (
    <span className={css.pill} style={{ color: `var(--${look})`, background: `var(--${look}-bg)` }}>
      <span className={css.glyph} aria-hidden>{glyphs[look]}</span>
      {words}
    </span>
  );
}
