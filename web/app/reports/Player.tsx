import { ActionIcon, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { lazy, Suspense, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import { get, path } from '../api/client';
import type { PeaksView, RecordingView, RedactionView, SpanView } from '../api/types';
import { currentLocale, formatSpan, useT } from '../i18n/t';
import { showError } from '../ui/toast';
import css from './Player.module.css';
import type { Mark } from './Redact';

/** Only the provider's people mark what does not leave the house. */
const Redact = lazy(() => import('./Redact'));

const SPEEDS = [1, 1.25, 1.5, 2] as const;
const STEP_S = 5;
const PAGE_S = 30;

/** A recording to listen to: the customer above, the agents below, silence of pauses and of what is redacted shaded. */
export function Player({ recording }: { recording: RecordingView }) {
  const t = useT();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [measured, setMeasured] = useState<number>();
  const [speed, setSpeed] = useState<number>(1);
  const [failed, setFailed] = useState(false);
  const [original, setOriginal] = useState(false);
  const [mark, setMark] = useState<Mark>();
  const held = useRef(0);
  const redactions = recording.redactions ?? [];
  // What is heard: another sound as soon as something else is silent in it.
  const heard = original ? 'original' : redactions.map((one) => one.redaction).join(' ');
  const which = original ? { original } : undefined;
  const { data: peaks } = useQuery({
    queryKey: ['peaks', recording.recording, heard],
    queryFn: ({ signal }) => get<PeaksView>(path`/recordings/${recording.recording}/peaks`, which, signal),
    staleTime: Number.POSITIVE_INFINITY,
    meta: { quiet: true },
  });
  const length = measured ?? (recording.length_ms ?? 0) / 1000;

  const toggle = (): void => {
    const element = audio.current;
    if (!element) return;
    if (!element.paused) element.pause();
    else {
      setFailed(false);
      element.playbackRate = speed;
      element.play().catch((error: unknown) => {
        // Paused before it began is nothing that went wrong.
        if (!(error instanceof DOMException && error.name === 'AbortError')) setFailed(true);
      });
    }
  };
  const seek = (to: number): void => {
    const next = Math.min(length, Math.max(0, to));
    setAt(next);
    if (audio.current) audio.current.currentTime = next;
  };
  const keys = (event: KeyboardEvent): void => {
    const moves: Record<string, number | undefined> = {
      ArrowLeft: at - STEP_S, ArrowDown: at - STEP_S, ArrowRight: at + STEP_S, ArrowUp: at + STEP_S, PageDown: at - PAGE_S, PageUp: at + PAGE_S, Home: 0, End: length,
    };
    const to = moves[event.key];
    if (event.key !== ' ' && to === undefined) return;
    event.preventDefault();
    if (to === undefined) toggle();
    else seek(to);
  };
  const point = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    if (box.width === 0) return;
    const to = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length;
    if (!mark) return seek(to);
    // While somebody marks, a drag is a span.
    if (event.type === 'pointerdown') held.current = to;
    setMark({ from: Math.round(Math.min(held.current, to) * 1000), until: Math.round(Math.max(held.current, to) * 1000) });
  };

  const clock = `${formatSpan(at * 1000)} / ${formatSpan(length * 1000)}`;
  return (
    <div className={css.player}>
      <div className={css.row}>
        <ActionIcon size={36} radius="xl" variant="filled" aria-label={t(playing ? 'call.pause' : 'call.play')} onClick={toggle}>
          {playing ? <IconPlayerPause size={18} /> : <IconPlayerPlay size={18} />}
        </ActionIcon>
        <div
          className={css.wave} role="slider" tabIndex={0} aria-label={t('call.position')} aria-valuemin={0} aria-valuemax={Math.round(length)} aria-valuenow={Math.round(at)}
          aria-valuetext={t('call.position_at', { at: formatSpan(at * 1000), length: formatSpan(length * 1000) })}
          onKeyDown={keys}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture?.(event.pointerId);
            point(event);
          }}
          onPointerMove={point}
        >
          <Wave peaks={peaks} pauses={recording.pauses ?? []} redactions={redactions} mark={mark} length={length} at={at} />
        </div>
      </div>
      <div className={css.row}>
        <span className={`num ${css.clock}`}>{clock}</span>
        <span className={css.legend}><i data-who="customer" /> {t('call.party_customer')}</span>
        <span className={css.legend}><i data-who="agents" /> {t('call.party_agent')}</span>
        {(recording.pauses ?? []).length > 0 && <span className={css.legend}><i data-who="pause" /> {t('call.not_recorded')}</span>}
        {redactions.length > 0 && <span className={css.legend}><i data-who="redacted" /> {t('call.redacted')}</span>}
        <span className={css.space} />
        {recording.may_hear_original && redactions.length > 0 && (
          <SegmentedControl
            aria-label={t('call.version')} value={original ? 'original' : 'redacted'}
            data={(['redacted', 'original'] as const).map((value) => ({ value, label: t(`call.version_${value}`) }))}
            onChange={(value) => setOriginal(value === 'original')}
          />
        )}
        <SegmentedControl
          aria-label={t('call.speed')} value={String(speed)}
          data={SPEEDS.map((value) => ({ value: String(value), label: `${new Intl.NumberFormat(currentLocale()).format(value)}×` }))}
          onChange={(value) => {
            setSpeed(Number(value));
            if (audio.current) audio.current.playbackRate = Number(value);
          }}
        />
      </div>
      {failed && <p className={css.failed} role="alert">{t('call.not_playable')}</p>}
      {recording.may_redact && <Suspense><Redact recording={recording} at={Math.round(at * 1000)} mark={mark} onMark={setMark} /></Suspense>}
      {/* Fetched only when somebody plays it: each listen is written into the audit log. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- nobody has written down what was said */}
      <audio
        key={heard} ref={audio} preload="none" src={`/api/v1${path`/recordings/${recording.recording}/audio`}${original ? '?original=true' : ''}`}
        onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onEnded={() => setPlaying(false)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onLoadedMetadata={(event) => {
          if (Number.isFinite(event.currentTarget.duration)) setMeasured(event.currentTarget.duration);
          // The other version goes on where this one was.
          if (Math.abs(event.currentTarget.currentTime - at) > 0.5) event.currentTarget.currentTime = at;
        }}
        onError={() => {
          setPlaying(false);
          setFailed(true);
          // The server says why in words, which an audio element does not hand on.
          get(path`/recordings/${recording.recording}/peaks`, which).catch(showError);
        }}
      />
    </div>
  );
}

/** Height of the drawing; each channel has half of it. */
const HEIGHT = 100;

function Wave({ peaks, pauses, redactions, mark, length, at }: {
  peaks: PeaksView | undefined; pauses: readonly SpanView[]; redactions: readonly RedactionView[]; mark: Mark | undefined; length: number; at: number;
}) {
  const t = useT();
  const whole = Math.max(1, length * 1000);
  const done = Math.min(100, (at * 1000 * 100) / whole);
  return (
    <>
      <span className={css.played} style={{ width: `${done}%` }} />
      {pauses.map(({ from_ms, until_ms }) => (
        <span key={from_ms} className={css.paused} title={t('call.not_recorded')} style={placed(from_ms, until_ms ?? whole, whole)} />
      ))}
      {redactions.map(({ redaction, from_ms, until_ms, side }) => (
        <span key={redaction} className={css.redacted} data-side={side} title={t('call.redacted')} style={placed(from_ms, until_ms, whole)} />
      ))}
      {mark && <span className={css.mark} style={placed(mark.from, mark.until, whole)} />}
      {peaks && (
        <svg className={css.drawing} viewBox={`0 0 ${whole / peaks.step_ms} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
          <path data-who="customer" d={outline(peaks.customer, HEIGHT / 4)} />
          <path data-who="agents" d={outline(peaks.agents, (HEIGHT * 3) / 4)} />
        </svg>
      )}
      <span className={css.line} style={{ left: `${done}%` }} />
    </>
  );
}

/** Where a span lies in the drawing. */
function placed(from: number, until: number, whole: number): { left: string; width: string } {
  return { left: `${(from * 100) / whole}%`, width: `${((Math.min(whole, until) - from) * 100) / whole}%` };
}

/** The outline of a channel about its middle; a peak is 0 to 100. */
export function outline(peaks: readonly number[], middle: number): string {
  const reach = HEIGHT / 4 - 2;
  const over = peaks.map((peak, i) => `${i + 0.5} ${(middle - (peak * reach) / 100).toFixed(1)}`);
  const under = peaks.map((peak, i) => `${i + 0.5} ${(middle + (peak * reach) / 100).toFixed(1)}`).toReversed();
  return peaks.length === 0 ? '' : `M${[...over, ...under].join('L')}Z`;
}
