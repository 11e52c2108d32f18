// The transcript: read politely by a screen reader as it grows, readable after the end.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Props } from './Chat';
import type { Pending } from './session';
import type { AttachmentView, MessageView } from './wire';
import type { Words } from './words';

/** Nearer to the end than this, in pixels, the view follows new messages. */
const FOLLOW_PX = 80;

export function Log({ session, state, words }: Props) {
  const { say } = words;
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [below, setBelow] = useState(false);
  const { messages, outbox, conversation, typing, widget } = state;
  const mine = outbox.filter((item) => item.kind !== 'leave_message');
  const refusals = mine.filter((item) => item.refused).length;
  const lastMine = messages.findLast((message) => message.author === 'customer');

  const toEnd = () => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(() => {
    if (following.current) toEnd();
    else setBelow(true);
  }, [messages.length, mine.length, refusals, typing?.name, conversation?.state]);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < FOLLOW_PX;
    if (following.current) setBelow(false);
  };

  return (
    <div class="talk">
      <div
        ref={box}
        class="log"
        role="log"
        aria-label={say('conversation')}
        aria-relevant="additions"
        tabIndex={0}
        onScroll={onScroll}
      >
        <ol>
          {messages.map((message, at) => (
            <Line key={message.seq} message={message} before={messages[at - 1]} words={words}>
              {message === lastMine && !mine.length && (
                <span class="mark" aria-hidden="true">
                  {message.seq <= state.agentRead ? say('read') : say('sent')}
                </span>
              )}
            </Line>
          ))}
          {mine.map((item) => (
            <Unsent key={item.client_id} item={item} session={session} words={words} />
          ))}
        </ol>
      </div>
      {below && (
        <button
          type="button"
          class="newest"
          onClick={() => {
            following.current = true;
            setBelow(false);
            toEnd();
          }}
        >
          {say('newest')}
        </button>
      )}
      <p class="standing" role="status">
        {typing
          ? say('typing', { name: typing.name })
          : conversation?.state === 'waiting'
            ? place(conversation, words)
            : conversation?.state === 'waiting_for_opening' && widget?.opens
              ? say('opens', { when: words.day(widget.opens) })
              : ''}
      </p>
    </div>
  );
}

/** The place in the queue and the honest wait. What is not known is not said. */
function place(
  { ahead, expected_wait_ms: wait }: { ahead?: number | null; expected_wait_ms?: number | null },
  words: Words,
) {
  const { say, count, minutes } = words;
  const parts = [];
  if (typeof ahead === 'number')
    parts.push(ahead === 0 ? say('ahead_none') : count('ahead', ahead));
  if (typeof wait === 'number')
    parts.push(wait < 60_000 ? say('wait_short') : say('wait', { wait: minutes(wait) }));
  return parts.length ? parts.join(' · ') : say('wait_unknown');
}

type LineProps = {
  message: MessageView;
  before: MessageView | undefined;
  words: Words;
  children: unknown;
};

function Line({ message, before, words, children }: LineProps) {
  const { author, author_name, body, attachment, at } = message;
  const own = author === 'customer';
  const same = before?.author === author && before.author_name === author_name;
  return (
    <li class={`${author}${same ? ' same' : ''}`}>
      <span class={own || same ? 'hidden' : 'who'}>{own ? words.say('you') : author_name}</span>
      <div class="bubble" dir="auto">
        {body && <Text body={body} />}
        {attachment && <File attachment={attachment} words={words} />}
      </div>
      <span class="meta">
        <time dateTime={at}>{words.time(at)}</time> {children as never}
      </span>
    </li>
  );
}

function Unsent({
  item,
  session,
  words,
}: {
  item: Pending;
  session: Props['session'];
  words: Words;
}) {
  const { say } = words;
  const again = () => {
    const { client_id, at: _at, refused: _refused, ...rest } = item;
    session.discard(client_id);
    session.write(rest);
  };
  return (
    <li class="customer unsent">
      <span class="hidden">{say('you')}</span>
      <div class="bubble" dir="auto">
        {item.body && <Text body={item.body} />}
        {item.attachment && <File attachment={item.attachment} words={words} />}
      </div>
      {item.refused ? (
        <div class="notice" role="alert">
          <strong dir="auto">
            {say('not_sent')}: {item.refused.message}
          </strong>
          <span dir="auto">{item.refused.next}</span>
          <span>
            <button type="button" onClick={again}>
              {say('try_again')}
            </button>
            <button type="button" onClick={() => session.discard(item.client_id)}>
              {say('discard')}
            </button>
          </span>
        </div>
      ) : (
        <span class="meta" aria-hidden="true">
          {say('sending')}
        </span>
      )}
    </li>
  );
}

/** The words, with addresses made to links; nothing else of them is interpreted. */
function Text({ body }: { body: string }) {
  return (
    <p>
      {body.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/g).map((part, at) =>
        at % 2 ? (
          <a key={at} href={part} target="_blank" rel="noopener noreferrer nofollow">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}

function File({ attachment, words }: { attachment: AttachmentView; words: Words }) {
  const { name, bytes, url } = attachment;
  const size = words.size(bytes);
  return (
    <a
      class="file"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={words.say('file', { name, size })}
    >
      <svg width="18" height="18" viewBox="0 0 20 20" aria-hidden="true">
        <path
          d="M5 2h7l4 4v12H5zM12 2v4h4"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-linejoin="round"
        />
      </svg>
      <span>
        {name} <small>{size}</small>
      </span>
    </a>
  );
}
