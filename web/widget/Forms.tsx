// Before the conversation: start one, or leave a message.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Props } from './Chat';
import type { WidgetView } from './wire';

/** Longest message the server takes, in characters. */
export const BODY_MAX = 4_000;

type FormProps = Props & { widget: WidgetView };

export function StartForm({ session, words, widget, onLeave }: FormProps & { onLeave(): void }) {
  const { say, minutes, day } = words;
  const [fault, setFault] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const { body, name, email, queue } = fields(event);
    if (!body) {
      setFault(say('need_message'));
      return focusOn(event, 'body');
    }
    session.write({ kind: 'start', body, ...given({ name, email, queue }) });
  };
  const wait = widget.expected_wait_ms;
  return (
    <form class="page" noValidate onSubmit={submit}>
      {!widget.open && <h2>{say('closed')}</h2>}
      {!widget.open && widget.opens && (
        <p class="hint">{say('opens', { when: day(widget.opens) })}</p>
      )}
      <p class="welcome" dir="auto">
        {widget.welcome}
      </p>
      {!widget.open && <p class="hint">{say('waits')}</p>}
      {widget.open && !widget.free_now && (
        <p class="hint">
          {typeof wait !== 'number'
            ? say('wait_unknown')
            : wait < 60_000
              ? say('wait_short')
              : say('wait', { wait: minutes(wait) })}
        </p>
      )}
      {widget.queues.length > 1 && (
        <label>
          {say('queue')}
          <select name="queue">
            {widget.queues.map(({ queue, name }) => (
              <option key={queue} value={queue}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <Body label={say('message')} fault={fault} />
      <Text name="name" label={say('name')} optional={say('optional')} complete="name" />
      <Text
        name="email"
        label={say('email')}
        optional={say('optional')}
        complete="email"
        hint={say('email_why')}
      />
      <button type="submit" class="primary">
        {say(widget.open ? 'start' : 'start_waiting')}
      </button>
      <button type="button" class="link" onClick={onLeave}>
        {say('instead')}
      </button>
    </form>
  );
}

export function LeaveForm({
  session,
  state,
  words,
  widget,
  onBack,
}: FormProps & { onBack: (() => void) | undefined }) {
  const { say, day } = words;
  const [faults, setFaults] = useState({ body: '', email: '' });
  const mine = state.outbox.find((item) => item.kind === 'leave_message');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const { body, name, email } = fields(event);
    const found = {
      body: body ? '' : say('need_message'),
      email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? '' : say('need_email'),
    };
    setFaults(found);
    if (found.body || found.email) return focusOn(event, found.body ? 'body' : 'email');
    if (mine) session.discard(mine.client_id);
    session.write({ kind: 'leave_message', body, email, ...given({ name }) });
  };
  return (
    <form class="page" noValidate onSubmit={submit}>
      {!widget.open && <h2>{say('closed')}</h2>}
      {!widget.open && widget.opens && (
        <p class="hint">{say('opens', { when: day(widget.opens) })}</p>
      )}
      {!widget.open && (
        <p class="welcome" dir="auto">
          {widget.welcome}
        </p>
      )}
      {widget.open && <h2>{say('leave')}</h2>}
      {mine?.refused && (
        <div role="alert" class="notice">
          <strong dir="auto">{mine.refused.message}</strong>
          <span dir="auto">{mine.refused.next}</span>
        </div>
      )}
      <Body label={say('message')} fault={faults.body} />
      <Text name="email" label={say('email')} complete="email" fault={faults.email} />
      <Text name="name" label={say('name')} optional={say('optional')} complete="name" />
      <button type="submit" class="primary" aria-disabled={!!mine && !mine.refused}>
        {mine && !mine.refused ? say('sending') : say('leave_send')}
      </button>
      {onBack && (
        <button type="button" class="link" onClick={onBack}>
          {say('back_to_chat')}
        </button>
      )}
    </form>
  );
}

function Body({ label, fault }: { label: string; fault: string }) {
  return (
    <Field name="body" label={label} fault={fault}>
      <textarea
        id="body"
        name="body"
        data-first
        rows={3}
        dir="auto"
        required
        maxLength={BODY_MAX}
        aria-invalid={!!fault}
        aria-describedby={fault ? 'body-fault' : undefined}
      />
    </Field>
  );
}

type TextProps = {
  name: string;
  label: string;
  optional?: string;
  complete: string;
  hint?: string;
  fault?: string;
};

function Text({ name, label, optional, complete, hint, fault }: TextProps) {
  return (
    <Field name={name} label={label} optional={optional} hint={hint} fault={fault}>
      <input
        id={name}
        name={name}
        inputMode={name === 'email' ? 'email' : 'text'}
        autoComplete={complete}
        dir="auto"
        maxLength={200}
        required={!optional}
        aria-invalid={!!fault}
        aria-describedby={fault ? `${name}-fault` : hint ? `${name}-hint` : undefined}
      />
    </Field>
  );
}

type FieldProps = {
  name: string;
  label: string;
  optional?: string | undefined;
  hint?: string | undefined;
  fault?: string | undefined;
  children: ComponentChildren;
};

function Field({ name, label, optional, hint, fault, children }: FieldProps) {
  return (
    <div class="field">
      <label for={name}>
        {label}
        {optional && <small> ({optional})</small>}
      </label>
      {children}
      {hint && (
        <small id={`${name}-hint`} class="hint">
          {hint}
        </small>
      )}
      {fault && (
        <small id={`${name}-fault`} class="fault" role="alert">
          {fault}
        </small>
      )}
    </div>
  );
}

function fields(event: SubmitEvent) {
  const data = new FormData(event.currentTarget as HTMLFormElement);
  const text = (name: string) => String(data.get(name) ?? '').trim();
  return { body: text('body'), name: text('name'), email: text('email'), queue: text('queue') };
}

function focusOn(event: SubmitEvent, name: string) {
  const field = (event.currentTarget as HTMLFormElement).elements.namedItem(name);
  if (field instanceof HTMLElement) field.focus();
}

function given<T extends Record<string, string>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value)) as Partial<T>;
}
