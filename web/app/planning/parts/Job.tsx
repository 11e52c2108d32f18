// What every job has on screen: how far it is, what became of it, and the list of earlier ones.
import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { Confirm, Section, Table } from '../../admin/parts/Page';
import type { Id, JobKind, JobView } from '../../api/types';
import { sayFault } from '../../i18n/said';
import { formatDateTime, formatNumber, useT } from '../../i18n/t';
import { dayWords, jobs, stopJob } from '../data';

const place = { comparison: '/planning/compare', what_if: '/planning/what-if', schedule: '/planning/shifts/plan' } as const;

/** Where a job that is at work stands, or why one has no result; nothing for one that is done. */
export function JobState({ job }: { job: JobView }) {
  const t = useT();
  const stop = useMutation({ mutationFn: () => stopJob(job.job) });
  if (job.state === 'done') return null;
  if (job.state !== 'running') {
    return (
      <Alert color={job.state === 'failed' ? 'danger' : 'gray'} variant="light" role="alert" title={t(`planning.state_${job.state}`)}>
        {job.faults.length === 0 ? t('planning.begin_again') : (
          <Stack gap={6}>{job.faults.map(sayFault).map((fault) => <span key={`${fault.field} ${fault.code}`}>{fault.message} {fault.next}</span>)}</Stack>
        )}
      </Alert>
    );
  }
  const { phase, done, of } = job.progress ?? { phase: 'reading' as const, done: 0, of: 0 };
  // Reading is short, so it is the first tenth.
  const share = of > 0 ? done / of : 0;
  const percent = Math.round((phase === 'reading' ? 0.1 * share : 0.1 + 0.9 * share) * 100);
  return (
    <Section title={t('planning.state_running')}>
      <Progress.Root size="lg"><Progress.Section value={percent} aria-label={t('planning.progress')} /></Progress.Root>
      <Group justify="space-between">
        <Text size="sm" c="var(--text-2)" aria-live="polite">
          {t(`planning.phase_${phase}`, { done: formatNumber(done), of: formatNumber(of) })}
        </Text>
        <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>{t('planning.stop')}</Button>
      </Group>
    </Section>
  );
}

/** The days of a job in words. */
export function jobDays(job: JobView): string {
  return job.first_day && job.last_day ? `${dayWords(job.first_day)} – ${dayWords(job.last_day)}` : '';
}

/** What was begun before, the newest first. */
export function Earlier({ kind, title, none }: { kind: JobKind; title: string; none: string }) {
  const t = useT();
  const { data } = useQuery(jobs(kind));
  const [removing, setRemoving] = useState<JobView>();
  const remove = useMutation({ mutationFn: (job: Id) => stopJob(job), onSettled: () => setRemoving(undefined) });
  const at = place[kind as keyof typeof place];
  if (!data) return null;
  return (
    <Section title={title}>
      {data.length === 0 ? <Text c="var(--text-2)">{none}</Text> : (
        <Table label={title} columns={[t('planning.about'), t('planning.days'), t('planning.begun'), t('planning.by'), t('planning.state'), '']}>
          {data.map((job) => (
            <tr key={job.job}>
              <td><Link to={`${at}/${job.job}` as '/'}>{job.about || t('planning.all_clients')}</Link></td>
              <td>{jobDays(job)}</td>
              <td className="num">{formatDateTime(job.begun)}</td>
              <td>{job.begun_by}</td>
              <td>{t(`planning.state_${job.state}`)}</td>
              <td style={{ textAlign: 'end' }}>
                {job.state !== 'running' && <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setRemoving(job)}>{t('admin.remove')}</Button>}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Confirm
        title={t('planning.remove_sure')} why={t('planning.remove_why')} act={t('admin.remove')} opened={removing !== undefined} busy={remove.isPending}
        onClose={() => setRemoving(undefined)} onAct={() => removing && remove.mutate(removing.job)}
      />
    </Section>
  );
}

/** Goes to a job that was just begun. */
export function useGoTo(kind: keyof typeof place): (job: JobView) => void {
  const navigate = useNavigate();
  return (job) => void navigate({ to: `${place[kind]}/${job.job}` as '/' });
}
