// The sound of the desk, made by the browser itself; no file has to be loaded first.
import { hold } from '../live/leader';
import { Cell } from '../live/store';

/** A ring to choose from: notes in hertz, and the length of each and of the pause in seconds. */
const SOUNDS = {
  soft: { notes: [523.3, 659.3], note: 0.28, pause: 1.4, shape: 'sine' },
  bell: { notes: [880, 1108.7, 1318.5], note: 0.2, pause: 1.3, shape: 'triangle' },
  bright: { notes: [740, 988, 740, 988], note: 0.13, pause: 1.1, shape: 'square' },
} as const satisfies Record<string, { notes: readonly number[]; note: number; pause: number; shape: OscillatorType }>;

export type Sound = keyof typeof SOUNDS;
export const SOUND_NAMES = Object.keys(SOUNDS) as Sound[]; // the keys of the table above

/** Longer than any offer rings; the sound is laid out ahead, so that slow timers cannot stop it. */
const LONGEST_RING_S = 180;

let context: AudioContext | undefined;
let master: GainNode | undefined;
let ringing: GainNode | undefined;
let holdsSound = false;
let letGo: (() => void) | undefined;

/** Whether the browser lets this page sound: it wants a click first. */
export const soundAllowed = new Cell(false);

/** The sound and the volume (0 to 1) chosen in this browser. */
export function soundChoice(): { sound: Sound; volume: number } {
  const sound = localStorage.getItem('permanence.sound');
  const volume = Number(localStorage.getItem('permanence.volume') ?? '0.6');
  return { sound: sound && sound in SOUNDS ? (sound as Sound) : 'soft', volume: Number.isFinite(volume) ? volume : 0.6 };
}

export function chooseSound(sound: Sound, volume: number): void {
  localStorage.setItem('permanence.sound', sound);
  localStorage.setItem('permanence.volume', String(volume));
  if (master) master.gain.value = volume;
}

/** Asks the browser for sound; works inside a click or a key press. */
export async function unlockSound(): Promise<boolean> {
  if (typeof AudioContext === 'undefined') return false;
  if (!context) {
    context = new AudioContext();
    master = context.createGain();
    master.gain.value = soundChoice().volume;
    master.connect(context.destination);
    context.addEventListener('statechange', () => soundAllowed.set(context?.state === 'running'));
  }
  // A browser that refuses leaves the promise open, so the state is what counts.
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
  const allowed = context.state === 'running';
  soundAllowed.set(allowed);
  // Of all tabs one sounds, and a tab that may sound comes before one that may not.
  if (allowed && !letGo) letGo = hold('permanence.sound', () => { holdsSound = true; });
  return allowed;
}

/** Whether it is for this tab to sound. */
export function soundsHere(): boolean {
  return holdsSound && soundAllowed.get();
}

function lay(on: GainNode, audio: AudioContext, lengthS: number): void {
  const { notes, note, pause, shape } = SOUNDS[soundChoice().sound];
  const from = audio.currentTime + 0.02;
  for (let at = 0; at < lengthS; at += notes.length * note + pause) {
    notes.forEach((hertz, i) => {
      const start = from + at + i * note;
      const tone = audio.createOscillator();
      const loud = audio.createGain();
      tone.type = shape;
      tone.frequency.value = hertz;
      loud.gain.setValueAtTime(0, start);
      loud.gain.linearRampToValueAtTime(shape === 'square' ? 0.25 : 0.7, start + 0.015);
      loud.gain.exponentialRampToValueAtTime(0.001, start + note);
      tone.connect(loud).connect(on);
      tone.start(start);
      tone.stop(start + note);
    });
  }
}

/** Rings until told to be quiet. */
export function ring(): void {
  if (!context || !master || ringing || !soundsHere()) return;
  ringing = context.createGain();
  ringing.connect(master);
  lay(ringing, context, LONGEST_RING_S);
}

/** Stops ringing. */
export function quiet(): void {
  ringing?.disconnect();
  ringing = undefined;
}

/** Rings once, to be heard before the shift. */
export async function testRing(): Promise<boolean> {
  if (!(await unlockSound()) || !context || !master) return false;
  const once = context.createGain();
  once.connect(master);
  lay(once, context, 0.1);
  return true;
}

/** A short tone: somebody wrote in a conversation that is not in front. */
export function tick(): void {
  if (!context || !master || ringing || !soundsHere()) return;
  const tone = context.createOscillator();
  const loud = context.createGain();
  const at = context.currentTime + 0.01;
  tone.frequency.value = 784;
  loud.gain.setValueAtTime(0.25, at);
  loud.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
  tone.connect(loud).connect(master);
  tone.start(at);
  tone.stop(at + 0.18);
}
