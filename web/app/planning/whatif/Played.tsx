// One what-if: what happened, the same days played unchanged, and played otherwise, for each client.
import { Alert, Button, CopyButton } from '@mantine/core';
import { IconArrowLeft, IconLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';

import { Page, Section, Table, Waiting } from '../../admin/parts/Page';
import type { WhatIfClient, WhatIfFigure, WhatIfView } from '../../api/types';
import { formatNumber, useT } from '../../i18n/t';
import { Interval } from '../compare/Comparison';
import { whatIf } from '../data';
import { jobDays, JobState } from '../parts/Job';
import css from './WhatIf.module.css';

const FIGURES = ['offered', 'answered', 'abandoned', 'service_level', 'wait_s', 'handle_s'] as const;
type Figure = (typeof FIGURES)[number];

/** A what-if by its job. */
export default function Played() {
  const t = useT();
  const { job: id } = useParams({ strict: false }) as { job: string };
  const { data, error, refetch } = useQuery(whatIf(id));
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  const { job, result } = data;
  return (
    <Page
      before={<Button component={Link} to={'/planning/what-if' as '/'} variant="subtle" color="gray" px={6} aria-label={t('planning.what_if')}><IconArrowLeft size={16} /></Button>}
      title={t('planning.what_if_of', { days: jobDays(job) })}
      why={t('planning.by_whom', { by: job.begun_by })}
      actions={
        <>
          <CopyButton value={location.href}>
            {({ copied, copy }) => <Button variant="subtle" color="gray" leftSection={<IconLink size={14} />} onClick={copy}>{t(copied ? 'planning.link_copied' : 'planning.copy_link')}</Button>}
          </CopyButton>
          <Button variant="default" component={Link} to={`/planning/what-if?like=${id}` as '/'}>{t('planning.what_if_again')}</Button>
        </>
      }
    >
      <JobState job={job} />
      {result && <Result it={result} />}
    </Page>
  );
}

function Result({ it }: { it: WhatIfView }) {
  const t = useT();
  const faithless = it.clients.some(({ figures }) => figures.some(({ agrees }) => agrees === false));
  return (
    <>
      <Section title={t('planning.otherwise')}>
        <ul className={css.changes}>{it.changes.map((change) => <li key={change}>{change}</li>)}</ul>
        <p className={css.none}>{t('planning.what_if_how', { contacts: formatNumber(it.contacts), replications: it.replications })}</p>
        {it.left_out > 0 && <p className={css.none}>{t('planning.left_out', { count: it.left_out })}</p>}
        {it.unfinished > 0 && <p className={css.none}>{t('planning.unfinished', { count: it.unfinished })}</p>}
      </Section>
      {faithless && <Alert color="warning" variant="light" title={t('planning.disagrees')}>{t('planning.disagrees_why')}</Alert>}
      {it.clients.map((client) => <Client key={client.name} of={client} />)}
    </>
  );
}

function Client({ of }: { of: WhatIfClient }) {
  const t = useT();
  const title = of.name || t('planning.all_clients');
  return (
    <Section title={title}>
      <Table label={title} columns={[t('planning.figure'), t('planning.happened'), t('planning.played_unchanged'), t('planning.played_otherwise'), t('planning.difference')]} numbersFrom={1}>
        {of.figures.map((figure) => <Row key={figure.figure} of={figure} />)}
      </Table>
    </Section>
  );
}

function Row({ of }: { of: WhatIfFigure }) {
  const t = useT();
  const name: Figure | undefined = FIGURES.find((one) => one === of.figure);
  const share = name === 'service_level';
  const by = share ? 100 : 1;
  const digits = share || name === 'wait_s' || name === 'handle_s' ? 1 : 0;
  const unit = share ? ' %' : digits === 1 ? ' s' : '';
  const number = (value: number | null | undefined) => <Interval of={{ mean: value ?? null, half_width_95: null }} by={by} digits={digits} unit={unit} />;
  const [was, is] = [of.unchanged.mean, of.otherwise?.mean];
  const difference = typeof was === 'number' && typeof is === 'number' ? is - was : undefined;
  return (
    <tr>
      <td>{name ? t(`planning.figure_${name}`) : of.figure}</td>
      <td className="num" style={{ textAlign: 'end' }}>{number(of.real)}</td>
      <td className="num" style={{ textAlign: 'end' }}>
        <Interval of={of.unchanged} by={by} digits={digits} unit={unit} />
        {of.agrees === false && <span className={css.off} title={t('planning.not_agrees')}> ≠</span>}
      </td>
      <td className="num" style={{ textAlign: 'end' }}>{of.otherwise ? <Interval of={of.otherwise} by={by} digits={digits} unit={unit} /> : '–'}</td>
      <td className="num" style={{ textAlign: 'end' }}>
        {difference === undefined ? '–' : (
          <span className={css.difference} {...(of.differs ? { 'data-differs': true } : {})}>
            {difference > 0 && '+'}{number(difference)}{!of.differs && <small> {t('planning.within_chance')}</small>}
          </span>
        )}
      </td>
    </tr>
  );
}
