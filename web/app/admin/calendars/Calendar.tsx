import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowLeft, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { CalendarPreview, CalendarView, ChangeCalendar, ClosureView, DayRangeView, FaultView, HolidayView } from '../../api/types';
import { useT } from '../../i18n/t';
import { changeAt, without } from '../contract/terms';
import { calendar as calendarOf, changed, tellChanged } from '../data';
import { faultsUnder } from '../parts/faults';
import { HoursEditor } from '../parts/HoursEditor';
import { stretchesOf, tidyTime } from '../parts/hours';
import { zoneOptions } from '../parts/names';
import { Confirm, Fields, Page, Refusal, Section, Waiting } from '../parts/Page';
import { WeekRibbon } from '../parts/WeekRibbon';
import { Preview } from './Preview';

/** One calendar: its week, its exceptions, and what they come to. */
export default function Calendar() {
  const { calendar: id } = useParams({ strict: false }) as { calendar: string };
  const calendar = useQuery(calendarOf(id));
  if (!calendar.data) return <Waiting error={calendar.error} retry={() => void calendar.refetch()} />;
  return <Form key={`${id}${calendar.data.version}`} calendar={calendar.data} />;
}

function Form({ calendar }: { calendar: CalendarView }) {
  const t = useT();
  const navigate = useNavigate();
  const [form, setForm] = useState<ChangeCalendar>(() => {
    const { id: _id, used_by: _used, ...rest } = calendar;
    return rest;
  });
  const [removing, setRemoving] = useState(false);
  const set = (part: Partial<ChangeCalendar>) => setForm({ ...form, ...part });
  const [settled] = useDebouncedValue(form, 400);
  const preview = useQuery({
    queryKey: ['calendar-preview', settled],
    queryFn: () => {
      const { version: _version, ...hours } = settled;
      return post<CalendarPreview>('/calendars/preview', hours);
    },
    placeholderData: (before) => before,
    gcTime: 0,
    meta: { quiet: true },
  });
  const save = useMutation({
    mutationFn: () => put<CalendarView>(path`/calendars/${calendar.id}`, form),
    meta: { quiet: true },
    onSuccess: () => {
      tellChanged(t('admin.saved'), 'calendar', calendar.id, 'calendars', 'clients');
    },
  });
  const remove = useMutation({
    mutationFn: () => request('DELETE', path`/calendars/${calendar.id}`),
    onSuccess: async () => {
      tellChanged(t('admin.removed', { name: calendar.name }), 'calendar', calendar.id, 'calendars');
      await navigate({ to: '/admin/calendars' as '/' });
    },
    onSettled: () => setRemoving(false),
  });
  const found: FaultView[] = [
    ...(save.error instanceof ApiError ? save.error.faults : []),
    ...(preview.error instanceof ApiError ? preview.error.faults : []),
  ];
  const faults = found.filter((fault, at) => found.findIndex(({ field, code }) => field === fault.field && code === fault.code) === at);
  const under = (field: string) => faultsUnder(faults, field).map(({ message, next }) => `${message} ${next}`).join(' ') || undefined;
  const holidays = form.holidays ?? [];
  const closures = form.closures ?? [];

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Page
        before={<Button component={Link} to={'/admin/calendars' as '/'} variant="subtle" color="gray" px={6} aria-label={t('admin.calendars')}><IconArrowLeft size={16} /></Button>}
        title={calendar.name}
        actions={
          <>
            <Button variant="subtle" color="gray" onClick={() => setRemoving(true)}>{t('admin.remove')}</Button>
            <Button type="submit" loading={save.isPending}>{t('admin.save')}</Button>
          </>
        }
      >
        {save.error instanceof ApiError && save.error.faults.length === 0 && <Refusal error={save.error} reload={() => changed('calendars')} />}
        <Section title={t('admin.weekly')}>
          <Fields>
            <TextInput label={t('admin.name')} value={form.name} maxLength={80} error={under('name')} onChange={(event) => set({ name: event.currentTarget.value })} />
            <Select label={t('admin.zone')} data={zoneOptions(form.zone)} value={form.zone} searchable allowDeselect={false} limit={100} error={under('zone')} onChange={(zone) => { if (zone) set({ zone }); }} />
          </Fields>
          <HoursEditor label={t('admin.open_hours')} value={form.weekly} faults={faults} onChange={(weekly) => set({ weekly })} />
          <WeekRibbon label={t('admin.weekly')} blocks={(day) => stretchesOf(form.weekly, day).map((stretch) => ({ ...stretch, look: 'open', label: t('admin.open') }))} />
        </Section>
        <Section title={t('admin.holidays')} hint={t('admin.holidays_hint')}>
          {holidays.map((holiday, at) => (
            <Holiday
              // oxlint-disable-next-line react/no-array-index-key
              key={at} holiday={holiday} error={under(`holidays[${at}]`)} onChange={(part) => set({ holidays: changeAt(holidays, at, part) })}
              onRemove={() => set({ holidays: without(holidays, at) })}
            />
          ))}
          <Group><Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => set({ holidays: [...holidays, { date: '', name: '', hours: [] }] })}>{t('admin.add_holiday')}</Button></Group>
        </Section>
        <Section title={t('admin.closures')} hint={t('admin.closures_hint')}>
          {closures.map((closure, at) => (
            <Closure
              // oxlint-disable-next-line react/no-array-index-key
              key={at} closure={closure} error={under(`closures[${at}]`)} onChange={(part) => set({ closures: changeAt(closures, at, part) })}
              onRemove={() => set({ closures: without(closures, at) })}
            />
          ))}
          <Group><Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => set({ closures: [...closures, { from: '', until: '', reason: '' }] })}>{t('admin.add_closure')}</Button></Group>
        </Section>
        <Section title={t('admin.preview')} hint={t('admin.preview_in', { zone: form.zone })}>
          {preview.data && <Preview preview={preview.data} zone={settled.zone} />}
          {preview.error instanceof ApiError && <Text c="var(--danger)" role="alert">{preview.error.message} {preview.error.next}</Text>}
        </Section>
      </Page>
      <Confirm
        title={t('admin.remove_sure', { name: calendar.name })} why={t('admin.remove_sure_why')} act={t('admin.remove')} opened={removing} onClose={() => setRemoving(false)}
        onAct={() => remove.mutate()} busy={remove.isPending}
      />
    </form>
  );
}

/** `10:00–12:00, 14:00–16:00` as ranges; what cannot be read goes to the server as it is, to be named. */
function rangesOf(text: string): DayRangeView[] {
  return text.split(/[,;]/).map((part) => part.trim()).filter(Boolean).map((part) => {
    const [from = '', until = ''] = part.split(/[–—-]/);
    return { from: tidyTime(from), until: tidyTime(until) };
  });
}

function Holiday({ holiday, error, onChange, onRemove }: { holiday: HolidayView; error: string | undefined; onChange: (part: Partial<HolidayView>) => void; onRemove: () => void }) {
  const t = useT();
  const [hours, setHours] = useState(() => (holiday.hours ?? []).map(({ from, until }) => `${from}–${until}`).join(', '));
  return (
    <Stack gap={4}>
      <Group gap={8} align="flex-end">
        <TextInput type="date" label={t('admin.date')} w={150} value={holiday.date} onChange={(event) => onChange({ date: event.currentTarget.value })} />
        <TextInput label={t('admin.name')} w={220} value={holiday.name} onChange={(event) => onChange({ name: event.currentTarget.value })} />
        <TextInput
          label={t('admin.holiday_hours')} w={320} value={hours} onChange={(event) => setHours(event.currentTarget.value)} onBlur={() => onChange({ hours: rangesOf(hours) })}
        />
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('admin.remove_of', { name: holiday.name || holiday.date })} onClick={onRemove}><IconTrash size={16} /></ActionIcon>
      </Group>
      {error && <Text size="xs" c="var(--danger)" role="alert">{error}</Text>}
    </Stack>
  );
}

function Closure({ closure, error, onChange, onRemove }: { closure: ClosureView; error: string | undefined; onChange: (part: Partial<ClosureView>) => void; onRemove: () => void }) {
  const t = useT();
  return (
    <Stack gap={4}>
      <Group gap={8} align="flex-end">
        <TextInput type="datetime-local" label={t('admin.from')} w={200} value={closure.from} onChange={(event) => onChange({ from: event.currentTarget.value })} />
        <TextInput type="datetime-local" label={t('admin.until')} w={200} value={closure.until} onChange={(event) => onChange({ until: event.currentTarget.value })} />
        <TextInput label={t('admin.reason')} w={260} value={closure.reason} onChange={(event) => onChange({ reason: event.currentTarget.value })} />
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('admin.remove_of', { name: closure.reason || closure.from })} onClick={onRemove}><IconTrash size={16} /></ActionIcon>
      </Group>
      {error && <Text size="xs" c="var(--danger)" role="alert">{error}</Text>}
    </Stack>
  );
}
