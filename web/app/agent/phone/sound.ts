// How loud a microphone is, and a tone to hear the speaker by.
import { useEffect, useState } from 'react';

import { chooseSink } from './peer';

/** Quieter than this is silence on the meter. */
const QUIETEST_DB = -60;
const EVERY_MS = 60;

/** How loud, 0 to 1 on a scale that follows the ear. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const level = 10 * Math.log10(sum / Math.max(1, samples.length) || 1e-12);
  return Math.min(1, Math.max(0, 1 - level / QUIETEST_DB));
}

/** The level of a stream while it is looked at, 0 to 1. */
export function useLevel(sound: MediaStream | undefined): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!sound || typeof AudioContext === 'undefined') return;
    const context = new AudioContext();
    const source = context.createMediaStreamSource(sound);
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    void context.resume();
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      setLevel(loudness(samples));
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      source.disconnect();
      void context.close();
      setLevel(0);
    };
  }, [sound]);
  return level;
}

/** Sounds once on a speaker. */
export async function testTone(speaker: string | undefined): Promise<void> {
  if (typeof AudioContext === 'undefined') return;
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const audio = new Audio();
  audio.srcObject = out.stream;
  chooseSink(audio, speaker);
  await Promise.all([context.resume(), audio.play()]);
  const at = context.currentTime + 0.05;
  [523.3, 659.3, 784].forEach((hertz, i) => {
    const tone = context.createOscillator();
    const loud = context.createGain();
    tone.frequency.value = hertz;
    loud.gain.setValueAtTime(0, at + i * 0.22);
    loud.gain.linearRampToValueAtTime(0.4, at + i * 0.22 + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.001, at + (i + 1) * 0.22);
    tone.connect(loud).connect(out);
    tone.start(at + i * 0.22);
    tone.stop(at + (i + 1) * 0.22);
    if (i === 2) {
      tone.addEventListener('ended', () => {
        audio.pause();
        audio.srcObject = null;
        void context.close();
      });
    }
  });
}
