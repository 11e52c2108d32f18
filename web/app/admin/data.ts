// What administration reads, as queries that are shared between its screens.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { get, path, post } from '../api/client';
import { session } from '../api/session';
import type {
  AgentView, CalendarView, CannedView, Checklist, ClientView, ContractDraft, ContractLine, DeskPhoneView, FlowRow, FlowView, Id, NumberView, Page, PhoneBookView,
  PoolView, Prompts, ProposalView, SettingsView, SiteView, SkillView, TeamView, TokenView, TrunkView, UndoKind, Undone, UserView, VoiceSettings, WidgetSetup,
} from '../api/types';
import { t } from '../i18n/t';
import { queries } from '../queries';
import { showError, showNote, showUndo } from '../ui/toast';

/** Rows of a long list that are fetched at once. */
const PAGE = 100;
/** Most rows of a list that is only chosen from. */
const CHOICE = 500;

function pages<T>(name: string, at: string, query: Record<string, string | undefined>) {
  return infiniteQueryOptions({
    queryKey: [name, 'pages', query],
    queryFn: ({ pageParam, signal }) => get<Page<T>>(at, { ...query, cursor: pageParam, limit: PAGE }, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

function choice<T>(name: string) {
  return queryOptions({
    queryKey: [name, 'all'],
    queryFn: async () => (await get<Page<T>>(`/${name}`, { limit: CHOICE })).items,
  });
}

function list<T>(name: string) {
  return queryOptions({ queryKey: [name], queryFn: () => get<T[]>(`/${name}`) });
}

export const clientPages = (q: string) => pages<ClientView>('clients', '/clients', { q });
export const agentPages = (q: string, pool?: string, team?: string) => pages<AgentView>('agents', '/agents', { q, pool, team });
export const userPages = (q: string) => pages<UserView>('users', '/users', { q });
export const allClients = choice<ClientView>('clients');
export const allAgents = choice<AgentView>('agents');
export const allPools = list<PoolView>('pools');
export const allTeams = list<TeamView>('teams');
export const allSkills = list<SkillView>('skills');
export const allSites = list<SiteView>('sites');
export const allCalendars = list<CalendarView>('calendars');
export const allTrunks = list<TrunkView>('trunks');
export const allNumbers = list<NumberView>('numbers');
export const allTokens = list<TokenView>('tokens');
export const allUsers = choice<UserView>('users');
export const allDeskPhones = list<DeskPhoneView>('desk-phones');

export const settings = queryOptions({ queryKey: ['settings'], queryFn: () => get<SettingsView>('/settings') });
export const client = (id: Id) => queryOptions({ queryKey: ['clients', id], queryFn: () => get<ClientView>(path`/clients/${id}`) });
export const agent = (id: Id) => queryOptions({ queryKey: ['agents', id], queryFn: () => get<AgentView>(path`/agents/${id}`) });
export const calendar = (id: Id) => queryOptions({ queryKey: ['calendars', id], queryFn: () => get<CalendarView>(path`/calendars/${id}`) });
export const checklist = (id: Id) =>
  queryOptions({ queryKey: ['clients', id, 'checklist'], queryFn: () => get<Checklist>(path`/clients/${id}/checklist`), staleTime: 0 });
export const widgets = (id: Id) =>
  queryOptions({ queryKey: ['clients', id, 'widgets'], queryFn: () => get<WidgetSetup[]>(path`/clients/${id}/widgets`) });
export const phoneBook = (id: Id) =>
  queryOptions({ queryKey: ['clients', id, 'phone-book'], queryFn: () => get<PhoneBookView>(path`/clients/${id}/phone-book`) });
export const canned = (id: Id) =>
  queryOptions({ queryKey: ['clients', id, 'canned'], queryFn: () => get<CannedView[]>(path`/clients/${id}/canned-answers`) });
export const contracts = (id: Id) =>
  queryOptions({ queryKey: ['clients', id, 'contracts'], queryFn: () => get<ContractLine[]>(path`/clients/${id}/contracts`) });
export const openProposals = queryOptions({ queryKey: ['clients', 'open proposals'], queryFn: () => get<ProposalView[]>('/proposals'), staleTime: 0 });
export const proposals = (id: Id) =>
  queryOptions({ queryKey: ['clients', id, 'proposals'], queryFn: () => get<ProposalView[]>(path`/clients/${id}/proposals`), staleTime: 0 });
export const draft = (id: Id) =>
  queryOptions({
    queryKey: ['clients', id, 'draft'],
    queryFn: () => get<ContractDraft>(path`/clients/${id}/contract-draft`),
    // Somebody is writing in it: it is not fetched again under their hands.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const prompts = (id: Id) => queryOptions({ queryKey: ['clients', id, 'prompts'], queryFn: () => get<Prompts>(path`/clients/${id}/prompts`) });
export const flows = (id: Id) => queryOptions({ queryKey: ['clients', id, 'flows'], queryFn: () => get<FlowRow[]>(path`/clients/${id}/flows`) });
export const flow = (id: Id, name: string) =>
  queryOptions({
    queryKey: ['clients', id, 'flows', name],
    queryFn: () => get<FlowView>(path`/clients/${id}/flows/${name}`),
    // Somebody is writing in it, as in the draft.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const voiceSettings = (id: Id) =>
  queryOptions({
    queryKey: ['clients', id, 'voice'],
    queryFn: () => get<VoiceSettings>(path`/clients/${id}/voice`),
    // Somebody is writing in it, as in the draft.
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What has been changed is fetched again wherever it is shown. */
export function changed(...names: string[]): void {
  for (const name of names) void queries.invalidateQueries({ queryKey: [name] });
}

/** Tells what was changed, with a way to bring back what was there before; refused in words when somebody changed it since. */
export function tellChanged(message: string, kind: UndoKind, object: Id, ...names: string[]): void {
  changed(...names);
  // A client's people change their own words, but have no undo.
  if (queries.getQueryData(session.queryKey)?.client) return showNote(message);
  showUndo(message, () => {
    post<Undone>('/undo', { kind, object }).then(() => showNote(t('admin.undone')), showError).finally(() => changed(...names));
  });
}

/** The name of whatever has this id in a list. */
export const nameIn = (all: readonly { id: Id; name: string }[] | undefined, id: Id | null | undefined): string =>
  all?.find((one) => one.id === id)?.name ?? '';

/** What a selection shows for a list of named things. */
export const optionsOf = (all: readonly { id: Id; name: string }[] | undefined): { value: string; label: string }[] =>
  (all ?? []).map(({ id, name }) => ({ value: id, label: name }));
