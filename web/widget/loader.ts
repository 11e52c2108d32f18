// The one script a host page carries:
//
//   <script async src="https://HOST/widget/v1/loader.js" data-widget="KEY"></script>
//
// It draws the launcher in a closed shadow root, makes the frame at the first click (or when a
// conversation is under way from an earlier page), and keeps the visitor's token in the host page's
// own storage, because storage inside a foreign frame is partitioned or blocked by browsers.
// Optional: data-identity, data-language, data-colour, or window.permanence = {identity, language}.

import type { ToFrame, ToHost } from './bridge';

(() => {
  type Host = Window & {
    permanence?: { identity?: string; language?: string; forget?: () => void };
  };
  const doc = document;
  const script = (doc.currentScript ??
    doc.querySelector('script[data-widget]')) as HTMLScriptElement | null;
  const key = script?.dataset.widget;
  if (!script || !key) {
    console.error('Permanence: data-widget is missing; copy the widget’s snippet.');
    return;
  }
  const data = script.dataset;
  const settings = ((window as Host).permanence ??= {});
  const origin = new URL(script.src).origin;
  const mark = 'permanence/1';
  const slot = `permanence:${key}`;
  const language =
    settings.language || data.language || doc.documentElement.lang || navigator.language || 'en';
  // Open, close, unread, unavailable.
  const words = {
    fr: [
      'Ouvrir le chat',
      'Fermer le chat',
      'non lus',
      'Le chat n’est pas disponible sur cette page.',
    ],
    ru: ['Открыть чат', 'Закрыть чат', 'непрочитанных', 'Чат на этой странице недоступен.'],
  }[language.slice(0, 2)] ?? [
    'Open chat',
    'Close chat',
    'unread',
    'Chat is not available on this page.',
  ];

  // Storage may be forbidden altogether; the chat then works for the length of the page.
  const stored = (area: 'localStorage' | 'sessionStorage', name: string, value?: string | null) => {
    try {
      if (value === undefined) return window[area].getItem(slot + name);
      if (value === null) window[area].removeItem(slot + name);
      else window[area].setItem(slot + name, value);
    } catch {
      // As said above.
    }
    return null;
  };

  const holder = doc.createElement('div');
  const root = holder.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ':host{all:initial}button{all:unset;position:fixed;z-index:2147483647;inset-block-end:20px;inset-inline-end:20px;width:56px;height:56px;border-radius:50%;background:var(--c,#1a5fb4);color:#fff;cursor:pointer;box-shadow:0 2px 10px #0004;display:grid;place-items:center}' +
      'button:focus-visible{outline:3px solid #fff;box-shadow:0 0 0 6px #14181f}b{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-width:14px;padding:2px 4px;border-radius:11px;background:#b81f26;font:600 13px/18px system-ui,sans-serif;text-align:center}' +
      '[hidden]{display:none!important}div{position:fixed;z-index:2147483647;inset-block-end:88px;inset-inline-end:20px;width:380px;height:min(640px,calc(100vh - 108px));border-radius:10px;overflow:hidden;background:#fff;box-shadow:0 4px 28px #0005}' +
      'iframe{border:0;width:100%;height:100%;display:block}p{margin:24px;font:15px/1.5 system-ui,sans-serif;color:#1b2330}' +
      '@media(max-width:480px){div{inset:0;width:auto;height:auto;border-radius:0}}',
  );
  root.adoptedStyleSheets = [sheet];

  const button = doc.createElement('button');
  button.setAttribute('aria-haspopup', 'dialog');
  button.innerHTML =
    '<svg width="26" height="26" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" aria-hidden="true" viewBox="0 0 24 24"><path d="M4 4h16v12H9l-5 4z"/></svg>';
  const badge = doc.createElement('b');
  badge.hidden = true;
  button.append(badge);
  const panel = doc.createElement('div');
  panel.hidden = true;
  panel.setAttribute('role', 'dialog');
  panel.setAttribute('aria-label', 'Chat');
  root.append(button, panel);

  let frame: HTMLIFrameElement | undefined;
  let heard = false;
  let unread = 0;

  // Before its first word the frame is not yet on our origin, and nothing is said to it.
  const tell = (message: ToFrame) => {
    if (heard) frame?.contentWindow?.postMessage(message, origin);
  };
  const paint = () => {
    const open = !panel.hidden;
    button.setAttribute('aria-expanded', `${open}`);
    badge.hidden = open || !unread;
    badge.textContent = unread > 99 ? '99+' : `${unread}`;
    button.setAttribute(
      'aria-label',
      words[open ? 1 : 0] + (badge.hidden ? '' : `, ${unread} ${words[2]}`),
    );
  };
  const colour = (value: string | null | undefined) =>
    value && holder.style.setProperty('--c', value);

  const create = () => {
    if (frame) return;
    frame = doc.createElement('iframe');
    frame.title = 'Chat';
    frame.src = `${origin}/widget/v1/frame.html?widget=${encodeURIComponent(key)}&host=${encodeURIComponent(location.origin)}`;
    frame.onload = () =>
      setTimeout(() => {
        if (heard) return;
        console.error(
          `Permanence: the chat frame did not answer. Add ${location.origin} to the widget’s addresses, and ${origin} to this page’s frame-src.`,
        );
        const text = doc.createElement('p');
        text.setAttribute('role', 'alert');
        text.textContent = words[3] as string;
        panel.replaceChildren(text);
        frame = undefined;
      }, 4000);
    panel.append(frame);
  };

  const show = (open: boolean): void => {
    if (open) {
      if (!frame) panel.replaceChildren();
      create();
    }
    panel.hidden = !open;
    stored('sessionStorage', ':open', open ? '1' : null);
    paint();
    tell({ mark, type: 'shown', shown: open });
    if (open) frame?.focus();
    else button.focus();
  };

  addEventListener('message', (event: MessageEvent<ToHost>) => {
    const said = event.data;
    if (event.origin !== origin || event.source !== frame?.contentWindow || said?.mark !== mark)
      return;
    if (said.type === 'ready') {
      heard = true;
      tell({
        mark,
        type: 'boot',
        kept: stored('localStorage', ''),
        outbox: stored('sessionStorage', ':outbox'),
        identity: settings.identity || data.identity || null,
        language,
        page: location.origin + location.pathname,
        shown: !panel.hidden,
      });
    } else if (said.type === 'keep') {
      stored('localStorage', '', said.kept);
      stored('localStorage', ':live', said.live ? '1' : null);
    } else if (said.type === 'outbox') {
      stored('sessionStorage', ':outbox', said.outbox);
    } else if (said.type === 'unread') {
      unread = said.unread;
      paint();
    } else if (said.type === 'colour') {
      colour(said.colour);
      stored('localStorage', ':colour', said.colour);
    } else show(false);
  });

  button.onclick = () => show(!!panel.hidden);
  holder.onkeydown = (event) => {
    if (event.key === 'Escape' && !panel.hidden) show(false);
  };
  // For a host page whose visitor signs out: the next person must not find the conversation.
  settings.forget = () => {
    for (const name of ['', ':live', ':colour']) stored('localStorage', name, null);
    for (const name of [':outbox', ':open']) stored('sessionStorage', name, null);
    frame?.remove();
    frame = undefined;
    heard = false;
    unread = 0;
    panel.hidden = true;
    paint();
  };

  const start = () => {
    colour(data.colour || stored('localStorage', ':colour'));
    doc.body.append(holder);
    paint();
    if (stored('sessionStorage', ':open')) {
      create();
      panel.hidden = false;
      paint();
    } else if (stored('localStorage', ':live')) create();
  };
  if (doc.body) start();
  else addEventListener('DOMContentLoaded', start);
})();
