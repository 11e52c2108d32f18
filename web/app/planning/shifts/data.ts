// What the screens of shifts read and change.
import { queryOptions } from '@tanstack/react-query';

import { get, path, post } from '../../api/client';
import type { AdherenceDay, Id, ScheduleChecked, ScheduleDuty, ScheduleJob, ScheduleList, ScheduleView } from '../../api/types';

/** Between two looks at a job that is at work. */
const LOOK_MS = 1000;

export const schedules = queryOptions({ queryKey: ['schedules'], queryFn: () => get<ScheduleList>('/planning/schedules') });

export const schedule = (id: Id) => queryOptions({ queryKey: ['schedules', id], queryFn: () => get<ScheduleView>(path`/planning/schedules/${id}`) });

export const scheduleJob = (job: Id) =>
  queryOptions({
    queryKey: ['schedules', 'plan', job], queryFn: () => get<ScheduleJob>(path`/planning/schedules/plan/${job}`),
    refetchInterval: ({ state }) => (state.data?.job.state === 'running' ? LOOK_MS : false),
  });

/** How duties would do. */
export const tried = (id: Id, duties: readonly ScheduleDuty[]) =>
  queryOptions({
    queryKey: ['schedules', id, 'check', duties], queryFn: () => post<ScheduleChecked>(path`/planning/schedules/${id}/check`, { title: '', duties, version: 0 }),
    // Each state of the duties is asked about once and soon forgotten.
    staleTime: Number.POSITIVE_INFINITY, gcTime: 30_000,
  });

export const adherenceOf = (day: string) => queryOptions({ queryKey: ['adherence', day], queryFn: () => get<AdherenceDay>('/reports/adherence', { day }) });
