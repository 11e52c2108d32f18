import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

import { get } from '../api/client';
import type { CannedAnswerView, DeskContact } from '../api/types';
import { useT } from '../i18n/t';
import css from './Canned.module.css';

/** More at once would not be read while somebody waits. */
const SHOWN = 8;

/** Prepared answers that fit what was typed after `/`, those in the customer's language first. */
export function fitting(answers: readonly CannedAnswerView[], typed: string, language: string): CannedAnswerView[] {
  const wanted = typed.toLowerCase();
  const rank = ({ shortcut, language: own }: CannedAnswerView): number =>
    (own === language ? 0 : 2) + (shortcut.toLowerCase().startsWith(wanted) ? 0 : 1);
  return answers
    .filter(({ shortcut, body }) => shortcut.toLowerCase().includes(wanted) || (wanted.length > 2 && body.toLowerCase().includes(wanted)))
    .sort((a, b) => rank(a) - rank(b) || a.shortcut.localeCompare(b.shortcut))
    .slice(0, SHOWN);
}

/** The state of the list under the composer; open while the text is a `/` and a word. */
export function useCanned(contact: DeskContact, text: string, onChoose: (text: string) => void) {
  const id = useId();
  const [closed, setClosed] = useState('');
  const [at, setAt] = useState(0);
  const typed = /^\/(\S*)$/.exec(text)?.[1];
  const open = typed !== undefined && closed !== text;
  const { data, isPending } = useQuery({
    queryKey: ['canned', contact.client.client],
    queryFn: ({ signal }) => get<CannedAnswerView[]>('/desk/canned', { client: contact.client.client }, signal),
    enabled: open,
    staleTime: 300_000,
  });
  const answers = open ? fitting(data ?? [], typed, contact.language) : [];
  const marked = Math.min(at, Math.max(0, answers.length - 1));
  const choose = (answer: CannedAnswerView): void => {
    setAt(0);
    onChoose(answer.body);
  };

  return {
    id, open, loading: open && isPending, answers, marked, choose,
    aria: {
      'aria-autocomplete': 'list' as const,
      ...(open && answers.length > 0 ? { 'aria-controls': id, 'aria-activedescendant': `${id}-${marked}` } : {}),
    },
    /** Takes the keys that belong to the list; tells whether it did. */
    press(event: KeyboardEvent): boolean {
      if (!open) return false;
      const answer = answers[marked];
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        const by = event.key === 'ArrowDown' ? 1 : -1;
        setAt((marked + by + answers.length) % Math.max(1, answers.length));
      } else if ((event.key === 'Enter' || event.key === 'Tab') && answer) {
        choose(answer);
      } else if (event.key === 'Escape') {
        setClosed(text);
      } else {
        return false;
      }
      event.preventDefault();
      return true;
    },
  };
}

/** The prepared answers to choose from. */
export function Canned({ state, language }: { state: ReturnType<typeof useCanned>; language: string }) {
  const t = useT();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [state.marked]);
  if (!state.open) return null;
  return (
    <div className={css.box}>
      {state.answers.length === 0 && <p className={css.none}>{state.loading ? t('shell.loading') : t('desk.no_canned')}</p>}
      <div ref={list} id={state.id} role="listbox" aria-label={t('desk.canned')} className={css.list}>
        {state.answers.map((answer, i) => (
          <div
            key={answer.id} id={`${state.id}-${i}`} role="option" tabIndex={-1} aria-selected={i === state.marked} className={css.answer} lang={answer.language}
            onMouseDown={(event) => {
              event.preventDefault();
              state.choose(answer);
            }}
          >
            <span className={css.key}>/{answer.shortcut}</span>
            <span className={css.text}>{answer.body}</span>
            {answer.language !== language && <span className={css.lang}>{answer.language}</span>}
          </div>
        ))}
      </div>
    </div>
  );
}
