// Administration by its public interface: sets a floor up as an administrator would.
import { request, type APIRequestContext } from '@playwright/test';

import type {
  AgentProfile, AgentView, CalendarHours, CalendarView, ClientView, ContractTerms, ContractView, FirstRunDone, PeriodTerms, PoolView, QueueTerms, TeamView,
  UserView, WidgetSetup,
} from '../app/api/types';
import type { Server } from './server';

/** The password of everybody in these tests. */
export const PASSWORD = 'three unrelated words';
const ALWAYS = { days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], from: '00:00', until: '24:00' } as const;
/** Civil hours of the first client. */
export const ZONE = 'Europe/Paris';

/** An administrator at the interface. */
export class Office {
  private constructor(
    private readonly http: APIRequestContext,
    private readonly csrf: string,
    /** What the first run made. */
    readonly first: FirstRunDone,
  ) {}

  /** Goes through the first run: provider, administrator `admin`, and a shared client open day and night. */
  static async open(server: Server, client = 'Boutique Lumière'): Promise<Office> {
    const http = await request.newContext({ baseURL: server.url });
    const token = new URL(server.firstRun).searchParams.get('token') ?? '';
    const answer = await http.post('/api/v1/first-run', {
      data: {
        token, provider_name: 'Accueil & Cie', provider_zone: ZONE,
        administrator: { login: 'admin', name: 'Ada Martin', password: PASSWORD, language: 'en' },
        client: {
          name: client, zone: ZONE, languages: ['en', 'fr'], model: 'shared', hours: [ALWAYS], greeting: `Good day, this is ${client}.`, origins: [],
        },
      },
    });
    if (!answer.ok()) throw new Error(`first run: ${answer.status()} ${await answer.text()}`);
    const first = (await answer.json()) as FirstRunDone;
    return new Office(http, first.session.csrf, first);
  }

  async ask<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, data?: unknown): Promise<T> {
    const answer = await this.http.fetch(`/api/v1${path}`, { method, headers: { 'x-csrf-token': this.csrf }, ...(data === undefined ? {} : { data }) });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    const text = await answer.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Sends a file. */
  async upload<T>(path: string, file: Buffer): Promise<T> {
    const answer = await this.http.post(`/api/v1${path}`, { headers: { 'x-csrf-token': this.csrf, 'content-type': 'application/octet-stream' }, data: file });
    if (!answer.ok()) throw new Error(`POST ${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** A calendar that is open day and night. */
  calendar(name: string, hours: Partial<CalendarHours> = {}): Promise<CalendarView> {
    return this.ask('POST', '/calendars', { name, zone: ZONE, weekly: [ALWAYS], holidays: [], closures: [], ...hours });
  }

  pool(name: string): Promise<PoolView> {
    return this.ask('POST', '/pools', { name, fairness_cap_percent: 100 });
  }

  team(name: string, client: string): Promise<TeamView> {
    return this.ask('POST', '/teams', { name, client });
  }

  /** An agent who can sign in by the first word of the name in small letters. */
  async agent(name: string, part: Partial<AgentProfile>): Promise<AgentView & { login: string }> {
    const alias = name.split(' ')[0] ?? name;
    const agent = await this.ask<AgentView>('POST', '/agents', {
      name, alias, aliases: [], pools: [], team: null, skills: [], languages: ['en', 'fr'], channels: [{ channel: 'chat', max: 3 }], sign_offs: [], site: null, ...part,
    });
    const login = alias.toLowerCase();
    await this.ask<UserView>('POST', '/users', { login, name, role: 'agent', agent: agent.id, language: 'en', password: PASSWORD });
    return { ...agent, login };
  }

  async changeAgent(id: string, part: Partial<AgentProfile>): Promise<void> {
    const { user: _user, id: _id, ...agent } = await this.ask<AgentView>('GET', `/agents/${id}`);
    await this.ask('PUT', `/agents/${id}`, { ...agent, ...part });
  }

  client(name: string): Promise<ClientView> {
    return this.ask('POST', '/clients', { name, zone: ZONE });
  }

  /** Publishes a contract whose only queue takes chats. */
  async contract(client: string, calendar: string, periods: PeriodTerms[], part: Partial<ContractTerms> = {}): Promise<ContractView> {
    const terms: ContractTerms = {
      zone: ZONE, hours: calendar, periods, queues: [chatQueue('Support')], languages: ['en', 'fr'], sites_allowed: null,
      closed: { kind: 'message', text: [{ language: 'en', text: 'We are closed. Leave us a message.' }] }, dispositions: [], retention_days: 90, pause_max_s: 120, tariff: null, ...part,
    };
    return this.ask('POST', `/clients/${client}/contracts`, { based_on: 0, valid_from: null, note: 'Set up for a test', terms });
  }

  widget(client: string, queues: string[], origins: string[]): Promise<WidgetSetup> {
    return this.ask('POST', `/clients/${client}/widgets`, { name: 'Chat', queues, origins, title: [], identity_required: false });
  }

  async allow(widget: WidgetSetup, origins: string[]): Promise<void> {
    await this.ask('PUT', `/clients/${widget.client}/widgets/${widget.id}`, {
      version: widget.version, name: widget.name, queues: widget.queues, origins, title: widget.title, identity_required: widget.identity_required,
    });
  }

  async goLive(client: string): Promise<void> {
    const { version } = await this.ask<ClientView>('GET', `/clients/${client}`);
    await this.ask('POST', `/clients/${client}/go-live`, { version });
  }

  close(): Promise<void> {
    return this.http.dispose();
  }
}

/** A queue for chats. */
export function chatQueue(name: string, part: Partial<QueueTerms> = {}): QueueTerms {
  return {
    id: crypto.randomUUID(), name, channels: ['chat'], greeting: [{ language: 'en', text: `Good day, ${name} speaking.` }], protocol: `Ask for the order number.`,
    skills: [], language_required: false, head_start_min: 0, selection: 'longest_idle', sticky: null, offer_timeout_s: 60,
    wrap_up: { kind: 'until_done' }, announce_position: true, waiting_max: 100, ...part,
  };
}

/** A period with a promise of 70 % in 30 s. */
export function period(name: string, when: PeriodTerms['when'], service: PeriodTerms['service']): PeriodTerms {
  return {
    name, when, service, promise: { threshold_s: 30, target_percent: 70, formula: 'of_offered', clock: 'first_ring', short_abandon_s: 5 }, peak_greeting: null,
    overflow: null, nobody_on_shift: { kind: 'wait_for_next_shift' }, call_limit_s: null, control: 'provider',
  };
}

/** Noon of the 15th of the next month: the month of now is then the last one that is over, whatever the day. */
export function midNextMonth(): string {
  const [year, month] = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(new Date()).split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, month ?? 0, 15, 12)).toISOString();
}
