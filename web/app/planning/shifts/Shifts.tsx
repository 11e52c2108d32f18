// All schedules of shifts, and a new one: for whom, for how many, by which rules.
import { Button, Group, MultiSelect, NumberInput, SegmentedControl, Text, TextInput } from '@mantine/core';
import { IconCalendarTime, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';

import { allAgents, allPools } from '../../admin/data';
import { faultsUnder } from '../../admin/parts/faults';
import { DAYS } from '../../admin/parts/hours';
import { dayName } from '../../admin/parts/names';
import { faultsOf, Fields, Page, Refusal, Section, Table, Waiting } from '../../admin/parts/Page';
import { post } from '../../api/client';
import type { JobView, ScheduleAgent, ScheduleLine, ScheduleRequest, ScheduleRules, ScheduleView, WeekdayName } from '../../api/types';
import { formatDateTime, needFace, useT } from '../../i18n/t';
import { queries } from '../../queries';
import { dayAfter, today } from '../../ui/day';
import { Empty } from '../../ui/Empty';
import { dayWords } from '../data';
import parts from '../parts/parts.module.css';
import { promiseSearch, type PromiseSearch } from '../promise';
import { useStaffing } from '../Staffing';
import { useForecast, type ForecastSearch } from '../useForecast';
import { schedules } from './data';
import { daysOf } from './edit';
import { Kinds } from './Kinds';
import { asUnlike, askedOf, hoursBetween, type Seats } from './required';
import { Unlike } from './Unlike';

await needFace('shifts');

/** The Monday after a day. */
const mondayAfter = (day: string): string => {
  for (let next = dayAfter(day); ; next = dayAfter(next)) if (new Date(`${next}T00:00:00Z`).getUTCDay() === 1) return next;
};

/** The list, and the form for another one. */
export default function Shifts() {
  const t = useT();
  const { data, error, refetch } = useQuery(schedules);
  const agents = useQuery(allAgents);
  const [open, setOpen] = useState(false);
  if (!data || !agents.data) return <Waiting error={error ?? agents.error} retry={() => void (error ? refetch() : agents.refetch())} />;
  const nobody = agents.data.every(({ disabled }) => disabled);
  const shown = open || data.schedules.length === 0;
  return (
    <Page title={t('shifts.title')} why={t('shifts.why')} actions={!shown && <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen(true)}>{t('shifts.new')}</Button>}>
      {nobody ? (
        <Empty icon={<IconCalendarTime size={36} stroke={1.2} />} title={t('shifts.nobody')} action={<Button component={Link} to={'/admin/agents' as '/'}>{t('shifts.nobody_act')}</Button>}>
          {t('shifts.nobody_next')}
        </Empty>
      ) : shown && <New zone={data.zone} usual={data.usual} />}
      <Section title={t('shifts.all')}>
        {data.schedules.length === 0 ? <Text c="var(--text-2)">{t('shifts.none')}</Text> : (
          <Table label={t('shifts.all')} columns={[t('shifts.name'), t('shifts.days'), t('shifts.state'), t('shifts.made_by'), t('shifts.changed')]}>
            {data.schedules.map((line) => (
              <tr key={line.schedule}>
                <td><Link to={`/planning/shifts/${line.schedule}` as '/'}>{line.title}</Link></td>
                <td>{daysWords(line)}</td>
                <td>{t(`shifts.state_${line.state}`)}</td>
                <td>{line.published_by ?? line.made_by}</td>
                <td className="num">{formatDateTime(line.published ?? line.made)}</td>
              </tr>
            ))}
          </Table>
        )}
      </Section>
    </Page>
  );
}

/** The days of a schedule in words. */
export const daysWords = ({ first_day, last_day }: Pick<ScheduleLine, 'first_day' | 'last_day'>): string => `${dayWords(first_day)} – ${dayWords(last_day)}`;

function New({ zone, usual }: { zone: string; usual: ScheduleRules }) {
  const t = useT();
  const navigate = useNavigate();
  const raw = useSearch({ strict: false });
  const search = raw as ForecastSearch & PromiseSearch; // the route reads its address by both
  const promise = useMemo(() => promiseSearch(raw as Record<string, unknown>), [raw]);
  const forecast = useForecast(search);
  const staffing = useStaffing(forecast.data, promise);
  const agents = useQuery(allAgents);
  const pools = useQuery(allPools);
  const working = useMemo(() => (agents.data ?? []).filter(({ disabled }) => !disabled), [agents.data]);
  const [first, setFirst] = useState(() => mondayAfter(today(zone, Date.now())));
  const [chosen, setChosen] = useState<readonly string[]>();
  const [source, setSource] = useState<'forecast' | 'hand'>('forecast');
  const [shrinkage, setShrinkage] = useState<'required' | 'scheduled'>('scheduled');
  const [seats, setSeats] = useState<Seats>({ days: DAYS.slice(0, 5), from: '09:00', until: '17:00', agents: 2 });
  const [rules, setRules] = useState(usual);
  const [limit, setLimit] = useState(30);
  const [unlike, setUnlike] = useState<readonly ScheduleAgent[]>([]);
  const people = chosen ?? working.map(({ id }) => id);
  const from = source === 'forecast' && staffing.data && forecast.data
    ? askedOf(staffing.data.intervals, forecast.data.interval_s / 60, first, shrinkage === 'scheduled')
    : undefined;
  const byHand = source === 'hand' || (!staffing.isFetching && !forecast.isFetching && !staffing.data);
  const asked = byHand ? hoursBetween(seats, first, rules.step_min) : from;
  const days = daysOf({ first_day: first, last_day: dayAfter(first, 6) });
  const request: ScheduleRequest = {
    title: '', first_day: first, agents: asUnlike(people, unlike, days), interval_min: asked?.interval_min ?? 30, required: asked?.required ?? [], rules, time_limit_s: limit,
  };
  const plan = useMutation({
    mutationFn: () => post<JobView>('/planning/schedules/plan', request), meta: { quiet: true },
    onSuccess: (job) => void navigate({ to: `/planning/shifts/plan/${job.job}` as '/' }),
  });
  const empty = useMutation({
    mutationFn: () => post<ScheduleView>('/planning/schedules', request), meta: { quiet: true },
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['schedules'] });
      await navigate({ to: `/planning/shifts/${made.schedule}` as '/' });
    },
  });
  const error = plan.error ?? empty.error;
  const faults = faultsOf(error);
  const under = (field: string) => faultsUnder(faults, field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const choices = working.map(({ id, name }) => ({ value: id, label: name }));
  const hours = (asked?.required ?? []).reduce((sum, { agents: n }) => sum + n * (asked?.interval_min ?? 0) / 60, 0);
  return (
    <form
      noValidate className={parts.form} aria-label={t('shifts.new')}
      onSubmit={(event) => {
        event.preventDefault();
        plan.mutate();
      }}
    >
      {error && <Refusal error={error} />}
      <Section title={t('shifts.whom')}>
        <Fields>
          <TextInput type="date" label={t('shifts.first_day')} description={t('shifts.first_day_hint', { zone })} value={first} error={under('first_day')} onChange={(event) => event.currentTarget.value && setFirst(event.currentTarget.value)} />
          <MultiSelect
            label={t('shifts.pool')} description={t('shifts.pool_hint')} data={(pools.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(ids) => setChosen(ids.length === 0 ? undefined : working.filter(({ pools: of }) => of?.some((pool) => ids.includes(pool))).map(({ id }) => id))}
          />
        </Fields>
        <MultiSelect label={t('shifts.agents')} searchable data={choices} value={[...people]} error={under('agents')} onChange={setChosen} nothingFoundMessage={t('shell.nothing_found')} maxDropdownHeight={240} />
      </Section>
      <Section title={t('shifts.required')} hint={t('shifts.required_hint')}>
        <SegmentedControl
          aria-label={t('shifts.required')} value={byHand ? 'hand' : 'forecast'} onChange={(value) => setSource(value === 'hand' ? 'hand' : 'forecast')} maw={360}
          data={[{ value: 'forecast', label: t('shifts.of_forecast'), disabled: byHand && source !== 'hand' }, { value: 'hand', label: t('shifts.by_hand') }]}
        />
        {byHand && source !== 'hand' && <Text size="sm" c="var(--text-2)">{t('shifts.no_forecast')} <Link to={'/planning/forecast' as '/'}>{t('shifts.no_forecast_act')}</Link></Text>}
        {byHand ? <ByHand seats={seats} set={setSeats} /> : (
          <Group gap="sm">
            <SegmentedControl
              aria-label={t('shifts.shrinkage')} value={shrinkage} onChange={(value) => setShrinkage(value === 'required' ? 'required' : 'scheduled')}
              data={[{ value: 'scheduled', label: t('shifts.with_shrinkage') }, { value: 'required', label: t('shifts.without_shrinkage') }]}
            />
            <Link to={'/planning/staffing' as '/'} search={raw as never}>{t('shifts.change_staffing')}</Link>
          </Group>
        )}
        <Text size="sm" role="status">{hours > 0 ? t('shifts.hours_required', { hours: Math.round(hours) }) : t('shifts.nothing_required')}</Text>
        {under('required') && <Text size="sm" c="var(--danger)" role="alert">{under('required')}</Text>}
      </Section>
      <Section title={t('shifts.rules')} hint={t('shifts.rules_hint')}>
        <Fields>
          <NumberInput label={t('shifts.week_max')} suffix=" h" min={1} max={80} allowDecimal={false} value={Math.round(rules.week_max_min / 60)} error={under('rules.week_max_min')} onChange={(value) => typeof value === 'number' && setRules({ ...rules, week_max_min: value * 60 })} />
          <NumberInput label={t('shifts.week_min')} suffix=" h" min={0} max={80} allowDecimal={false} value={Math.round((rules.week_min_min ?? 0) / 60)} error={under('rules.week_min_min')} onChange={(value) => typeof value === 'number' && setRules({ ...rules, week_min_min: value * 60 })} />
          <NumberInput label={t('shifts.night_rest')} suffix=" h" min={0} max={24} allowDecimal={false} value={Math.round(rules.night_rest_min / 60)} error={under('rules.night_rest_min')} onChange={(value) => typeof value === 'number' && setRules({ ...rules, night_rest_min: value * 60 })} />
          <NumberInput label={t('shifts.days_max')} min={1} max={7} allowDecimal={false} value={rules.days_max} error={under('rules.days_max')} onChange={(value) => typeof value === 'number' && setRules({ ...rules, days_max: value })} />
          <NumberInput label={t('shifts.time_limit')} description={t('shifts.time_limit_hint')} suffix=" s" min={1} max={600} allowDecimal={false} value={limit} error={under('time_limit_s')} onChange={(value) => typeof value === 'number' && setLimit(value)} />
        </Fields>
        <Kinds rules={rules} set={setRules} error={under('rules.shifts')} />
        <Unlike agents={working.filter(({ id }) => people.includes(id))} days={days} week_max_min={rules.week_max_min} value={unlike} set={setUnlike} />
      </Section>
      <Group mt="md" mb="lg">
        <Button type="submit" leftSection={<IconCalendarTime size={16} />} loading={plan.isPending} disabled={hours === 0 || people.length === 0}>{t('shifts.plan')}</Button>
        <Button variant="default" loading={empty.isPending} disabled={hours === 0 || people.length === 0} onClick={() => empty.mutate()}>{t('shifts.begin_empty')}</Button>
      </Group>
    </form>
  );
}

/** So many agents in some hours of some days. */
function ByHand({ seats, set }: { seats: Seats; set: (seats: Seats) => void }) {
  const t = useT();
  return (
    <Fields>
      <MultiSelect
        label={t('shifts.on_days')} data={DAYS.map((day) => ({ value: day, label: dayName(day) }))} value={[...seats.days]}
        onChange={(days) => set({ ...seats, days: DAYS.filter((day: WeekdayName) => days.includes(day)) })}
      />
      <TextInput type="time" label={t('shifts.from')} value={seats.from} onChange={(event) => event.currentTarget.value && set({ ...seats, from: event.currentTarget.value })} />
      <TextInput type="time" label={t('shifts.until')} value={seats.until} onChange={(event) => event.currentTarget.value && set({ ...seats, until: event.currentTarget.value })} />
      <NumberInput label={t('shifts.seats')} min={1} max={500} allowDecimal={false} value={seats.agents} onChange={(agents) => typeof agents === 'number' && set({ ...seats, agents })} />
    </Fields>
  );
}
