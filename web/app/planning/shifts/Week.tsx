// One schedule: a grid of people and days with what it covers, changed by mouse and keyboard, and published.
import { Alert, Button, Group, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useThrottledValue } from '@mantine/hooks';
import { IconArrowBackUp, IconArrowForwardUp, IconArrowLeft, IconCalendarDown, IconCopy, IconDownload, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { Confirm, Page, Refusal, Section, Waiting } from '../../admin/parts/Page';
import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { ScheduleChecked, ScheduleDuty, ScheduleView } from '../../api/types';
import { formatDateTime, formatDay, needFace, useT } from '../../i18n/t';
import { queries } from '../../queries';
import { showNote } from '../../ui/toast';
import { percent, rounded } from '../words';
import { schedule as scheduleQuery, tried } from './data';
import { begun, daysOf, done, endOf, keyOf, lengthened, minutesOf, moved, ofKind, redone, undone, type History } from './edit';
import { Grid } from './Grid';
import { daysWords } from './Shifts';
import css from './Week.module.css';

await needFace('shifts');

/** A schedule by its id. */
export default function Week() {
  const { schedule: id } = useParams({ strict: false }) as { schedule: string };
  const { data, error, refetch } = useQuery(scheduleQuery(id));
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  // Another version is another beginning.
  return <Shown key={`${id} ${data.version}`} it={data} />;
}

function Shown({ it }: { it: ScheduleView }) {
  const t = useT();
  const navigate = useNavigate();
  const id = it.schedule;
  const draft = it.state === 'draft';
  const [history, setHistory] = useState<History>(() => begun(it.duties));
  const [title, setTitle] = useState(it.title);
  const [day, setDay] = useState('');
  const [chosen, setChosen] = useState<string>();
  const [removing, setRemoving] = useState(false);
  const duties = history.now;
  const changed = duties !== it.duties || title !== it.title;
  const asked = useThrottledValue(duties, 150);
  const check = useQuery({ ...tried(id, asked), enabled: draft && asked !== it.duties, placeholderData: keepPreviousData });
  const checked: ScheduleChecked = asked === it.duties ? it.checked : check.data ?? it.checked;
  const days = daysOf(it);
  const set = (next: readonly ScheduleDuty[]): void => setHistory((before) => done(before, next));

  const keep = async (): Promise<number> => {
    if (!changed) return it.version;
    return (await put<ScheduleView>(path`/planning/schedules/${id}`, { title, duties, version: it.version })).version;
  };
  const refresh = async (): Promise<void> => queries.invalidateQueries({ queryKey: ['schedules'] });
  const quiet = { meta: { quiet: true } } as const;
  const save = useMutation({ ...quiet, mutationFn: keep, onSuccess: refresh });
  const publish = useMutation({
    ...quiet,
    mutationFn: async () => post<ScheduleView>(path`/planning/schedules/${id}/publish`, { version: await keep() }),
    onSuccess: () => showNote(t('shifts.published_note', { title })),
    onSettled: refresh,
  });
  const withdraw = useMutation({ ...quiet, mutationFn: () => post<ScheduleView>(path`/planning/schedules/${id}/withdraw`, { version: it.version }), onSuccess: refresh });
  const copy = useMutation({
    ...quiet, mutationFn: () => post<ScheduleView>(path`/planning/schedules/${id}/copy`),
    onSuccess: async (made) => {
      await refresh();
      await navigate({ to: `/planning/shifts/${made.schedule}` as '/' });
    },
  });
  const remove = useMutation({
    ...quiet, mutationFn: () => request('DELETE', path`/planning/schedules/${id}`),
    onSuccess: async () => {
      await navigate({ to: '/planning/shifts' as '/' });
      await refresh();
    },
    onSettled: () => setRemoving(false),
  });

  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (!draft || !(event.ctrlKey || event.metaKey) || event.target instanceof HTMLInputElement) return;
      const back = event.code === 'KeyZ' && !event.shiftKey;
      if (!back && event.code !== 'KeyY' && event.code !== 'KeyZ') return;
      event.preventDefault();
      setHistory(back ? undone : redone);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [draft]);

  const error = save.error ?? publish.error ?? withdraw.error ?? copy.error ?? remove.error;
  const faulty = checked.faults.length > 0;
  const one = duties.find((duty) => keyOf(duty) === chosen);
  const stays = (duty: ScheduleDuty): void => {
    if (!one) return;
    setChosen(keyOf(duty));
    set(duties.map((other) => (other === one ? duty : other)));
  };
  return (
    <Page
      before={<Button component={Link} to={'/planning/shifts' as '/'} variant="subtle" color="gray" px={6} aria-label={t('shifts.title')}><IconArrowLeft size={16} /></Button>}
      title={it.title} why={t(`shifts.why_${it.state}`, { days: daysWords(it), zone: it.zone, by: it.published_by ?? it.made_by, at: formatDateTime(it.published ?? it.made) })}
      actions={
        <>
          <Button variant="subtle" color="gray" component="a" href={`/api/v1${path`/planning/schedules/${id}/csv`}`} download leftSection={<IconDownload size={14} />}>CSV</Button>
          <Button variant="subtle" color="gray" component="a" href={`/api/v1${path`/planning/schedules/${id}/calendar`}`} download leftSection={<IconCalendarDown size={14} />}>{t('shifts.calendar')}</Button>
          {draft && <Button variant="subtle" color="gray" leftSection={<IconTrash size={14} />} onClick={() => setRemoving(true)}>{t('shifts.remove')}</Button>}
          {it.state === 'published' && <Button variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>{t('shifts.withdraw')}</Button>}
          {!draft && <Button leftSection={<IconCopy size={14} />} loading={copy.isPending} onClick={() => copy.mutate()}>{t('shifts.copy')}</Button>}
          {draft && <Button variant="default" loading={save.isPending} disabled={!changed} onClick={() => save.mutate()}>{t('shifts.save')}</Button>}
          {draft && <Button loading={publish.isPending} disabled={faulty} title={faulty ? t('shifts.cannot_publish') : ''} onClick={() => publish.mutate()}>{t('shifts.publish')}</Button>}
        </>
      }
    >
      {error && <Refusal error={error} reload={() => void refresh()} />}
      {publish.error instanceof ApiError && publish.error.faults.map(({ field, message, next }) => <p key={field + message} className={css.small}>{message} {next}</p>)}
      <Verdict it={it} checked={checked} />
      <Group gap="sm" className={css.tools ?? ''}>
        <SegmentedControl
          size="xs" aria-label={t('shifts.show')} value={day} onChange={setDay}
          data={[{ value: '', label: t('shifts.whole_week') }, ...days.map((of) => ({ value: of, label: formatDay(of) }))]}
        />
        {draft && (
          <>
            <Button size="xs" variant="default" leftSection={<IconArrowBackUp size={14} />} disabled={history.past.length === 0} aria-keyshortcuts="Control+Z" onClick={() => setHistory(undone)}>{t('shifts.undo')}</Button>
            <Button size="xs" variant="default" leftSection={<IconArrowForwardUp size={14} />} disabled={history.future.length === 0} aria-keyshortcuts="Control+Y" onClick={() => setHistory(redone)}>{t('shifts.redo')}</Button>
            <TextInput size="xs" aria-label={t('shifts.name')} value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
          </>
        )}
      </Group>
      <Grid it={it} duties={duties} checked={checked} days={day === '' ? days : [day]} chosen={chosen} choose={setChosen} {...(draft ? { set } : {})} />
      {draft && <p className={css.small}>{t('shifts.keys')}</p>}
      {draft && one && (
        <Section title={t('shifts.one', { name: nameOf(it, one.agent), day: formatDay(one.day) })}>
          <Group align="end" gap="sm">
            <TextInput size="xs" type="time" step={it.rules.step_min * 60} label={t('shifts.from')} value={one.start} onChange={(event) => event.currentTarget.value && stays(moved(one, minutesOf(event.currentTarget.value) - minutesOf(one.start), it.rules.step_min))} />
            <NumberInput size="xs" w={110} label={t('shifts.length')} suffix=" h" step={it.rules.step_min / 60} decimalScale={2} min={it.rules.step_min / 60} max={16} value={one.length_min / 60} onChange={(value) => typeof value === 'number' && stays(lengthened(one, Math.round(value * 60) - one.length_min, it.rules))} />
            <Select size="xs" label={t('shifts.kind')} allowDeselect={false} value={String(one.shift)} data={it.rules.shifts.map(({ name }, at) => ({ value: String(at), label: name }))} onChange={(value) => value && stays(ofKind(one, Number(value), it.rules))} />
            <Select size="xs" label={t('shifts.agent')} allowDeselect={false} searchable value={one.agent} data={it.agents.map(({ agent, name }) => ({ value: agent, label: name }))} onChange={(value) => value && stays({ ...one, agent: value })} />
            <span className={css.small}>{one.start}–{endOf(one)}</span>
            <Button size="xs" variant="default" leftSection={<IconTrash size={14} />} onClick={() => { set(duties.filter((other) => other !== one)); setChosen(undefined); }}>{t('shifts.remove_shift')}</Button>
          </Group>
        </Section>
      )}
      <Faults checked={checked} />
      <Confirm title={t('shifts.remove_sure')} why={t('shifts.remove_why')} act={t('shifts.remove')} opened={removing} busy={remove.isPending} onClose={() => setRemoving(false)} onAct={() => remove.mutate()} />
    </Page>
  );
}

const nameOf = (it: ScheduleView, agent: string | null | undefined): string => it.agents.find((row) => row.agent === agent)?.name ?? '';

/** How much is covered, at what cost, and how good the planner's answer was. */
function Verdict({ it, checked }: { it: ScheduleView; checked: ScheduleChecked }) {
  const t = useT();
  const { quality } = it;
  return (
    <p className={css.verdict} data-good={checked.short_hours === 0 || undefined} role="status">
      <strong>{checked.short_hours > 0 ? t('shifts.short', { hours: rounded(checked.short_hours) }) : t('shifts.covered')}</strong>
      <span>{t('shifts.sums', { required: rounded(checked.required_hours), duty: rounded(checked.on_duty_hours), paid: rounded(checked.paid_hours) })}</span>
      {quality && (
        <span>
          {typeof quality.gap === 'number' ? t('shifts.gap', { gap: percent(quality.gap, 2), seconds: rounded(quality.time_used_s) }) : t('shifts.no_gap', { seconds: rounded(quality.time_used_s) })}
          {quality.ended_early && ` ${t('shifts.early')}`}
        </span>
      )}
    </p>
  );
}

/** Every rule that is broken. */
function Faults({ checked }: { checked: ScheduleChecked }) {
  const t = useT();
  if (checked.faults.length === 0) return <p className={css.small} role="status">{t('shifts.no_faults')}</p>;
  return (
    <Alert color="danger" variant="light" role="alert" title={t('shifts.faults', { number: checked.faults.length })}>
      <ul className={css.faults}>
        {checked.faults.map(({ agent, rule, message }) => <li key={`${agent} ${rule} ${message}`}><strong>{ruleWords(t, rule)}</strong> {message}</li>)}
      </ul>
    </Alert>
  );
}

const RULES = ['night_rest', 'hours_max', 'hours_min', 'days_max', 'days_in_a_row_max', 'breaks', 'lengths', 'starts', 'days_off', 'absences', 'weekdays'] as const;

/** A rule in the reader's language; what is broken of it the server says. */
function ruleWords(t: ReturnType<typeof useT>, rule: string): string {
  const known = RULES.find((name) => name === rule);
  return known ? `${t(`shifts.rule_${known}`)}:` : '';
}
