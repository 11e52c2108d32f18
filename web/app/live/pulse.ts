/** Calls back every `ms`, also while the tab is hidden. The answer stops it. */
export function pulse(ms: number, beat: () => void): () => void {
  if (typeof Worker === 'undefined') {
    const timer = setInterval(beat, ms);
    return () => clearInterval(timer);
  }
  const worker = new Worker(new URL('./pulse.worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', beat);
  worker.postMessage(ms);
  return () => worker.terminate();
}
