// What crosses the wire between this widget and the server; the binding text is
// crates/api/src/widget.rs and chat.rs. Instants are RFC 3339 in UTC, spans whole milliseconds.

export type WidgetRequest =
  | {
      type: 'hello';
      token?: string;
      identity?: string;
      last_seq: number;
      language?: string;
      page?: string;
    }
  | {
      type: 'start';
      client_id: string;
      body: string;
      name?: string;
      email?: string;
      queue?: string;
    }
  | { type: 'message'; client_id: string; body: string; attachment?: string }
  | { type: 'typing' }
  | { type: 'read'; upto: number }
  | { type: 'end' }
  | { type: 'leave_message'; client_id: string; email: string; name?: string; body: string }
  | { type: 'ping'; nonce: number };

export type WidgetMessage =
  | {
      type: 'welcome';
      token: string;
      widget: WidgetView;
      conversation?: ConversationView | null;
      messages: MessageView[];
      heartbeat_ms: number;
      dead_after_ms: number;
    }
  | { type: 'reset'; conversation: ConversationView; messages: MessageView[] }
  | { type: 'ack'; client_id: string; seq: number; at: string }
  | { type: 'message'; message: MessageView }
  | { type: 'conversation'; conversation: ConversationView }
  | { type: 'typing'; author: Author; name: string }
  | { type: 'read'; upto: number }
  | { type: 'message_left'; client_id: string }
  | {
      type: 'refused';
      client_id?: string | null;
      code: string;
      message: string;
      next: string;
      fatal: boolean;
    }
  | { type: 'pong'; nonce: number };

export type Author = 'customer' | 'agent' | 'system' | 'note';

export type MessageView = {
  id: string;
  seq: number;
  author: Author;
  author_name: string;
  body: string;
  attachment?: AttachmentView | null;
  at: string;
  client_id?: string | null;
};

export type AttachmentView = {
  id: string;
  name: string;
  content_type: string;
  bytes: number;
  url: string;
};

export type WidgetView = {
  client_name: string;
  colour: string;
  language: string;
  open: boolean;
  opens?: string | null;
  /** Outside the hours a conversation may begin nevertheless, and waits for the opening. */
  closed_waits: boolean;
  welcome: string;
  expected_wait_ms?: number | null;
  free_now: boolean;
  queues: { queue: string; name: string }[];
  files: boolean;
  file_max: number;
  identity_required: boolean;
};

export type ConversationView = {
  conversation: string;
  state: 'waiting' | 'waiting_for_opening' | 'with_agent' | 'ended';
  ahead?: number | null;
  expected_wait_ms?: number | null;
  agent_name?: string | null;
};
