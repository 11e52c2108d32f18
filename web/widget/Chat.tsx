// What the visitor sees. Everything shown follows from `state`; little is kept here but drafts.

import { useEffect, useRef, useState } from 'preact/hooks';
import { Composer } from './Composer';
import { LeaveForm, StartForm } from './Forms';
import { Log } from './Log';
import type { Session, State } from './session';
import type { Words } from './words';

export type Props = {
  session: Session;
  state: State;
  words: Words;
  shown: boolean;
  /** Where files go. */
  uploads: string;
  onClose(): void;
};

export function Chat(props: Props) {
  const { session, state, words, shown, onClose } = props;
  const { say } = words;
  const root = useRef<HTMLElement>(null);
  const [leaving, setLeaving] = useState(false);
  const { widget, conversation, outbox, refused } = state;
  const talking = conversation || outbox.some((item) => item.kind !== 'leave_message');
  const name = widget?.client_name ?? '';

  // The focus goes to what the visitor most likely does next, when the window opens or its face changes.
  const face = !widget
    ? 'none'
    : talking
      ? 'talk'
      : state.left
        ? 'left'
        : leaving || !(widget.open || widget.closed_waits)
          ? 'leave'
          : 'start';
  useEffect(() => {
    if (shown) root.current?.querySelector<HTMLElement>('[data-first]')?.focus();
  }, [shown, face]);

  return (
    <main ref={root} aria-label={say('title', { name })}>
      <header>
        <div>
          <h1 dir="auto">{name || ' '}</h1>
          <p>{standing(state, words)}</p>
        </div>
        <button
          type="button"
          class="icon"
          aria-label={say('minimise')}
          title={say('minimise')}
          onClick={onClose}
        >
          <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
            <path
              d="M5 5l10 10M15 5L5 15"
              fill="none"
              stroke="currentColor"
              stroke-width="1.8"
              stroke-linecap="round"
            />
          </svg>
        </button>
      </header>
      <p
        role="status"
        class={`strip ${state.link === 'open' || state.link === 'stopped' ? 'quiet' : ''}`}
      >
        {state.link === 'connecting' && !widget
          ? say('connecting')
          : state.link === 'open' || state.link === 'stopped'
            ? ''
            : say('reconnecting')}
      </p>
      {refused && (
        <div role="alert" class="notice">
          <strong dir="auto">{refused.message}</strong>
          <span dir="auto">{refused.next}</span>
          {refused.fatal ? (
            <button type="button" onClick={() => session.open()}>
              {say('try_again')}
            </button>
          ) : (
            <button type="button" onClick={() => session.dismiss()}>
              {say('dismiss')}
            </button>
          )}
        </div>
      )}
      {face === 'none' && state.link === 'waiting' && (
        <div class="notice">
          <strong>{say('not_connected')}</strong>
          <span>{say('not_connected_next')}</span>
          <button type="button" onClick={() => session.open()}>
            {say('try_again')}
          </button>
        </div>
      )}
      {face === 'talk' && (
        <>
          <Log {...props} />
          <Composer {...props} />
        </>
      )}
      {widget && face === 'start' && (
        <StartForm {...props} widget={widget} onLeave={() => setLeaving(true)} />
      )}
      {widget && face === 'leave' && (
        <LeaveForm
          {...props}
          widget={widget}
          onBack={widget.open || widget.closed_waits ? () => setLeaving(false) : undefined}
        />
      )}
      {face === 'left' && (
        <section class="page">
          <h2>{say('left')}</h2>
          <p role="status">{say('left_next')}</p>
          <button
            type="button"
            data-first
            class="primary"
            onClick={() => {
              setLeaving(false);
              session.startAnew();
            }}
          >
            {say('write_another')}
          </button>
        </section>
      )}
    </main>
  );
}

/** One line under the client's name: where the visitor stands. */
function standing({ widget, conversation }: State, { say }: Words): string {
  switch (conversation?.state) {
    case 'with_agent':
      return conversation.agent_name ? say('with', { name: conversation.agent_name }) : '';
    case 'waiting':
      return say('waiting');
    case 'waiting_for_opening':
      return say('waiting_for_opening');
    case 'ended':
      return say('ended');
    case undefined:
      return widget?.open && widget.free_now ? say('free_now') : '';
  }
}
