// Timers of a hidden tab are slowed to one a minute; those of a worker are not. The desk's proof of
// life to the server must not depend on which tab somebody looks at.
let timer: ReturnType<typeof setInterval> | undefined;

self.addEventListener('message', (event: MessageEvent<number>) => {
  clearInterval(timer);
  timer = setInterval(() => self.postMessage(0), event.data);
});
