// What rings, blinks and calls when the desk is offered a contact, on whatever screen one is.
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

import type { DeskContact } from '../api/types';
import { t } from '../i18n/t';
import { live } from '../live/hub';
import { useCell } from '../live/store';
import { showNote } from '../ui/toast';
import { forgetDrafts } from './draft';
import { quiet, ring, soundsHere, tick, unlockSound } from './ring';
import { noticeSigns, seen, unread } from './signs';

/** Rings and notifies from the socket's own event: a hidden tab's timers and frames are too slow. */
export function useBell(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const hub = live();
    const calls = new Map<string, Notification>();
    const ringingNow = new Set<string>();

    // After a reload the browser may allow sound at once, or at the first click anywhere.
    void unlockSound();
    const unlock = (): void => void unlockSound();
    window.addEventListener('pointerdown', unlock);
    window.addEventListener('keydown', unlock);

    const call = (contact: DeskContact): void => {
      if (document.visibilityState === 'visible' || !soundsHere() || !('Notification' in window)) return;
      if (Notification.permission !== 'granted') return;
      const notification = new Notification(t('desk.ringing_for', { client: contact.client.name }), {
        body: contact.customer.name, tag: contact.contact, requireInteraction: true,
      });
      notification.addEventListener('click', () => {
        window.focus();
        void navigate({ to: '/desk', search: { contact: contact.contact } });
      });
      calls.set(contact.contact, notification);
    };

    const stop = hub.onNews((news) => {
      noticeSigns(news);
      switch (news.kind) {
        case 'ringing':
          ringingNow.add(news.contact.contact);
          ring();
          call(news.contact);
          return;
        case 'quiet':
          ringingNow.delete(news.contact);
          if (ringingNow.size === 0) quiet();
          calls.get(news.contact)?.close();
          calls.delete(news.contact);
          return;
        case 'gone': {
          const { why } = news.gone;
          if (why !== 'finished' && why !== 'refused') {
            const known = ['missed', 'customer_left', 'taken_back', 'transferred', 'released'] as const;
            const reason = known.find((one) => one === why) ?? 'released';
            showNote(t(`desk.gone_${reason}`, { customer: news.contact.customer.name, client: news.contact.client.name }));
          }
          forgetDrafts(new Set(hub.desk.get()?.contacts.map(({ contact }) => contact)));
          return;
        }
        case 'message':
          if (news.message.author === 'customer' && (document.visibilityState === 'hidden' || !document.hasFocus())) tick();
          return;
        case 'signal':
      }
    });
    return () => {
      stop();
      quiet();
      for (const notification of calls.values()) notification.close();
      window.removeEventListener('pointerdown', unlock);
      window.removeEventListener('keydown', unlock);
    };
  }, [navigate]);
  useTitle();
}

/** The tab's title and mark: who rings, else how many conversations wait for a word. */
function useTitle(): void {
  const desk = useCell(live().desk);
  const marks = useCell(seen);
  const offered = desk?.contacts.find(({ state }) => state === 'offered');
  const waiting = desk?.contacts.filter((contact) => contact.state !== 'offered' && unread(contact, marks) > 0).length ?? 0;
  const title = offered
    ? `☎ ${offered.client.name} · ${t('shell.product')}`
    : waiting > 0 ? `(${waiting}) ${t('shell.product')}` : t('shell.product');
  const marked = offered !== undefined || waiting > 0;
  useEffect(() => {
    document.title = title;
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (icon) icon.href = marked ? '/favicon-mark.svg' : '/favicon.svg';
  }, [title, marked]);
}
