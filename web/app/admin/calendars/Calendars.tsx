import { Button, Select, TextInput } from '@mantine/core';
import { IconCalendar, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { post } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { CalendarHours, CalendarView } from '../../api/types';
import { useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { allCalendars, allClients, changed, nameIn } from '../data';
import { ownZone, zoneOptions } from '../parts/names';
import { FormModal, Page, Table, Waiting } from '../parts/Page';

/** The calendars of opening hours. */
export default function Calendars() {
  const t = useT();
  const calendars = useQuery(allCalendars);
  const clients = useQuery(allClients);
  const [adding, setAdding] = useState(false);
  const create = <Button leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>{t('admin.new_calendar')}</Button>;
  return (
    <Page title={t('admin.calendars')} {...(calendars.data?.length ? { actions: create, why: t('admin.calendars_none_next') } : {})}>
      {!calendars.data ? (
        <Waiting error={calendars.error} retry={() => void calendars.refetch()} />
      ) : calendars.data.length === 0 ? (
        <Empty icon={<IconCalendar size={32} stroke={1.4} />} title={t('admin.calendars_none')} action={create}>{t('admin.calendars_none_next')}</Empty>
      ) : (
        <Table label={t('admin.calendars')} columns={[t('admin.name'), t('admin.zone'), t('admin.used_by')]}>
          {calendars.data.map((calendar) => (
            <tr key={calendar.id}>
              <td><Link to={'/admin/calendars/$calendar' as '/'} params={{ calendar: calendar.id } as never}>{calendar.name}</Link></td>
              <td>{calendar.zone}</td>
              <td>{calendar.used_by.map((id) => nameIn(clients.data, id)).join(', ') || t('admin.unused')}</td>
            </tr>
          ))}
        </Table>
      )}
      {adding && <NewCalendar onClose={() => setAdding(false)} />}
    </Page>
  );
}

function NewCalendar({ onClose }: { onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const [form, setForm] = useState<CalendarHours>({
    name: '', zone: ownZone(), holidays: [], closures: [], weekly: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '09:00', until: '18:00' }],
  });
  const create = useMutation({
    mutationFn: () => post<CalendarView>('/calendars', form),
    meta: { quiet: true },
    onSuccess: async (calendar) => {
      changed('calendars');
      await navigate({ to: '/admin/calendars/$calendar' as '/', params: { calendar: calendar.id } as never });
    },
  });
  const error = create.error instanceof ApiError ? create.error : undefined;
  return (
    <FormModal title={t('admin.new_calendar')} opened onClose={onClose} onSubmit={() => create.mutate()} submit={t('admin.create')} busy={create.isPending} error={error?.faults.length ? undefined : error}>
      <TextInput label={t('admin.name')} value={form.name} data-autofocus maxLength={80} error={error?.fault('name')} onChange={(event) => setForm({ ...form, name: event.currentTarget.value })} />
      <Select
        label={t('admin.zone')} data={zoneOptions(form.zone)} value={form.zone} searchable allowDeselect={false} limit={100} error={error?.fault('zone')}
        onChange={(zone) => { if (zone) setForm({ ...form, zone }); }}
      />
    </FormModal>
  );
}
