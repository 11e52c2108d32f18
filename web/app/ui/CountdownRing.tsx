import { formatSpan } from '../i18n/t';
import { useNow } from '../live/clock';

/** A ring that empties until an instant, with the seconds left in it. For the eye; the offer is announced once. */
export function CountdownRing({ from, until, size = 44 }: { from: string; until: string; size?: number }) {
  const now = useNow();
  const end = Date.parse(until);
  const left = Math.max(0, end - now);
  const share = Math.min(1, left / Math.max(1, end - Date.parse(from)));
  const r = size / 2 - 3;
  const round = 2 * Math.PI * r;
  const seconds = Math.ceil(left / 1000);
  return (
    <svg width={size} height={size} aria-hidden className="countdown" style={{ flex: 'none' }}>
      <circle cx={size / 2} cy={size / 2} r={r} fill="none" stroke="currentColor" strokeOpacity={0.22} strokeWidth={3} />
      <circle
        cx={size / 2} cy={size / 2} r={r} fill="none" stroke="currentColor" strokeWidth={3} strokeLinecap="round"
        strokeDasharray={`${round * share} ${round}`} transform={`rotate(-90 ${size / 2} ${size / 2})`}
      />
      <text x="50%" y="50%" dy="0.36em" textAnchor="middle" fontSize={size * 0.32} fontWeight={600} fill="currentColor" className="num">
        {seconds > 99 ? formatSpan(left) : seconds}
      </text>
    </svg>
  );
}
