// A schedule at work: how far it is, and then the draft.
import { useQuery } from '@tanstack/react-query';
import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link, Navigate, useParams } from '@tanstack/react-router';

import { Page, Waiting } from '../../admin/parts/Page';
import { needFace, useT } from '../../i18n/t';
import { jobDays, JobState } from '../parts/Job';
import { scheduleJob } from './data';

await needFace('shifts');

/** The job by its id; one that is done leads to what it made. */
export default function Making() {
  const t = useT();
  const { job: id } = useParams({ strict: false }) as { job: string };
  const { data, error, refetch } = useQuery(scheduleJob(id));
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  if (data.result) return <Navigate to={`/planning/shifts/${data.result.schedule}` as '/'} replace />;
  return (
    <Page
      before={<Button component={Link} to={'/planning/shifts' as '/'} variant="subtle" color="gray" px={6} aria-label={t('shifts.title')}><IconArrowLeft size={16} /></Button>}
      title={t('shifts.making', { title: data.job.about })} why={t('shifts.making_why', { days: jobDays(data.job), by: data.job.begun_by })}
    >
      <JobState job={data.job} />
    </Page>
  );
}
