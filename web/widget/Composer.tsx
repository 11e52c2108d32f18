// Where the visitor writes: text, files, and the end of the conversation.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Props } from './Chat';
import { BODY_MAX } from './Forms';
import type { AttachmentView } from './wire';

export function Composer({ session, state, words, uploads }: Props) {
  const { say, size } = words;
  const { conversation, widget } = state;
  const [body, setBody] = useState('');
  const [ending, setEnding] = useState(false);
  const [upload, setUpload] = useState<{ name: string; stop: AbortController } | null>(null);
  const [fault, setFault] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const ended = conversation?.state === 'ended';

  // The field grows with its words up to five lines; the style sheet holds the limit.
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [body]);

  const send = () => {
    const text = body.trim();
    if (!text) return;
    session.write({ kind: 'message', body: text });
    setBody('');
    area.current?.focus();
  };

  const sendFile = async (file: File | undefined) => {
    if (!file || !widget) return;
    const name = file.name;
    setFault('');
    if (file.size > widget.file_max)
      return setFault(
        say('too_large', { name, size: size(file.size), max: size(widget.file_max) }),
      );
    if (file.size === 0) return setFault(say('empty_file', { name }));
    const stop = new AbortController();
    setUpload({ name, stop });
    try {
      const answer = await fetch(`${uploads}&name=${encodeURIComponent(name)}`, {
        method: 'POST',
        body: file,
        headers: { authorization: `Bearer ${state.token ?? ''}` },
        signal: stop.signal,
      });
      const said = (await answer.json()) as {
        attachment?: AttachmentView;
        message?: string;
        next?: string;
      };
      if (said.attachment)
        session.write({ kind: 'message', body: '', attachment: said.attachment });
      else
        setFault(
          [said.message, said.next].filter(Boolean).join(' ') || say('upload_failed', { name }),
        );
    } catch {
      if (!stop.signal.aborted) setFault(say('upload_failed', { name }));
    }
    setUpload(null);
    area.current?.focus();
  };

  if (ended)
    return (
      <footer class="over">
        <p>{say('ended')}</p>
        <button type="button" class="primary" onClick={() => session.startAnew()}>
          {say('anew')}
        </button>
      </footer>
    );

  return (
    <footer>
      {fault && (
        <p role="alert" class="fault">
          {fault}
        </p>
      )}
      {upload && (
        <p role="status" class="upload">
          {say('uploading', { name: upload.name })}
          <button type="button" class="link" onClick={() => upload.stop.abort()}>
            {say('cancel')}
          </button>
        </p>
      )}
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          ref={area}
          data-first
          rows={1}
          dir="auto"
          aria-label={say('composer')}
          placeholder={say('composer')}
          maxLength={BODY_MAX}
          value={body}
          onInput={(event) => {
            setBody(event.currentTarget.value);
            session.typing();
          }}
          onKeyDown={(event) => {
            // A half-typed word of an input method is not to be sent.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
          onPaste={(event) => {
            const file = event.clipboardData?.files[0];
            if (file && widget?.files) {
              event.preventDefault();
              void sendFile(file);
            }
          }}
        />
        {widget?.files && conversation && (
          <>
            <input
              ref={picker}
              type="file"
              class="hidden"
              tabIndex={-1}
              aria-hidden="true"
              onChange={(event) => {
                void sendFile(event.currentTarget.files?.[0]);
                event.currentTarget.value = '';
              }}
            />
            <button
              type="button"
              class="icon"
              aria-label={say('attach', { size: size(widget.file_max) })}
              title={say('attach', { size: size(widget.file_max) })}
              onClick={() => picker.current?.click()}
            >
              <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
                <path
                  d="M15 8l-6 6a2.5 2.5 0 01-4-4l7-7a4 4 0 016 6l-7 7"
                  transform="translate(-1 1)"
                  fill="none"
                  stroke="currentColor"
                  stroke-width="1.6"
                  stroke-linecap="round"
                />
              </svg>
            </button>
          </>
        )}
        <button type="submit" class="primary">
          {say('send')}
        </button>
      </form>
      {conversation && (
        <div class="ending">
          {ending ? (
            <>
              <span>{say('end_sure')}</span>
              <button
                type="button"
                class="link danger"
                onClick={() => {
                  setEnding(false);
                  session.end();
                }}
              >
                {say('end_yes')}
              </button>
              <button type="button" class="link" onClick={() => setEnding(false)}>
                {say('end_no')}
              </button>
            </>
          ) : (
            <button type="button" class="link" onClick={() => setEnding(true)}>
              {say('end')}
            </button>
          )}
        </div>
      )}
    </footer>
  );
}
