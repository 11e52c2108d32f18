// What planning reads: what it can begin with, and its jobs.
import { queryOptions } from '@tanstack/react-query';

import { get, path, request } from '../api/client';
import type { ComparisonJob, Id, JobKind, JobList, JobView, PlanningBasis, WhatIfJob } from '../api/types';
import { formatDate } from '../i18n/t';
import { queries } from '../queries';
import { dayAfter } from '../ui/day';

/** Between two looks at a job that is at work. */
const LOOK_MS = 1000;

export const basis = queryOptions({ queryKey: ['planning', 'basis'], queryFn: () => get<PlanningBasis>('/planning/basis') });

export const jobs = (kind: JobKind) =>
  queryOptions({
    queryKey: ['planning', 'jobs', kind],
    queryFn: async () => (await get<JobList>('/planning/jobs', { kind })).jobs,
    refetchInterval: ({ state }) => (state.data?.some((job) => job.state === 'running') ? LOOK_MS : false),
  });

const whileRunning = ({ state }: { state: { data?: { job: JobView } | undefined } }): number | false => (state.data?.job.state === 'running' ? LOOK_MS : false);

export const comparison = (job: Id) =>
  queryOptions({ queryKey: ['planning', 'comparison', job], queryFn: () => get<ComparisonJob>(path`/planning/comparisons/${job}`), refetchInterval: whileRunning });

export const whatIf = (job: Id) =>
  queryOptions({ queryKey: ['planning', 'what-if', job], queryFn: () => get<WhatIfJob>(path`/planning/what-ifs/${job}`), refetchInterval: whileRunning });

/** Stops a job that is at work, or removes one that is over. */
export async function stopJob(job: Id): Promise<void> {
  await request('DELETE', path`/planning/jobs/${job}`);
  await queries.invalidateQueries({ queryKey: ['planning'] });
}

/** Months of what was recorded, the newest first, each as far as it was. */
export function monthsOf({ first_day, last_day }: PlanningBasis): { first: string; last: string }[] {
  if (!first_day || !last_day) return [];
  const months: { first: string; last: string }[] = [];
  for (let first = first_day; first <= last_day;) {
    const next = dayAfter(`${first.slice(0, 7)}-01`, 32).slice(0, 7);
    const last = dayAfter(`${next}-01`, -1);
    months.push({ first, last: last < last_day ? last : last_day });
    first = `${next}-01`;
  }
  return months.toReversed();
}

/** The newest month that is whole, else the one with the most days. */
export function usualMonth(recorded: PlanningBasis): { first: string; last: string } | undefined {
  const length = ({ first, last }: { first: string; last: string }): number => Date.parse(last) - Date.parse(first);
  const all = monthsOf(recorded);
  return all.find(({ first, last }) => first.endsWith('-01') && dayAfter(last).endsWith('-01')) ?? all.toSorted((a, b) => length(b) - length(a))[0];
}

/** A day in words of the language. */
export const dayWords = (day: string): string => formatDate(`${day}T00:00:00Z`, 'UTC');
