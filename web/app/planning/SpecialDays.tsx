import { ActionIcon, Button, Group, NumberInput, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { Refusal, Section, Waiting } from '../admin/parts/Page';
import { api } from '../api/client';
import { ApiError } from '../api/errors';
import type { SpecialDay } from '../api/types';
import { formatDay, useT } from '../i18n/t';
import { showNote } from '../ui/toast';
import css from './Staffing.module.css';
import { FORECAST } from './useForecast';
import { rounded } from './words';

const KEY = ['special-days'];

/** Days that are unlike others of their weekday: for everybody, or for the client that is looked at. */
export function SpecialDays({ client }: { client: string | undefined }) {
  const t = useT();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: async ({ signal }) => (await api.GET('/api/v1/planning/special-days', { signal })).data });
  const [day, setDay] = useState('');
  const [name, setName] = useState('');
  const [factor, setFactor] = useState<string | number>('');
  const save = useMutation({
    mutationFn: async (days: SpecialDay[]) => (await api.PUT('/api/v1/planning/special-days', { body: { days, version: data?.version ?? 0 } })).data,
    onSuccess: (saved) => {
      queries.setQueryData(KEY, saved);
      void queries.invalidateQueries({ queryKey: [FORECAST] });
      showNote(t('staffing.special_saved'));
    },
  });
  if (!data) return <Section title={t('staffing.special_days')}><Waiting error={error} retry={() => void refetch()} /></Section>;
  const shown = data.days.filter((special) => !special.client || special.client === client);
  const add = (): void => save.mutate([...data.days, { day, name, factor: factor === '' ? null : Number(factor) / 100, client: client ?? null, of_calendar: false }], {
    onSuccess: () => {
      setDay('');
      setName('');
      setFactor('');
    },
  });
  return (
    <Section title={t('staffing.special_days')} hint={t('staffing.special_hint')}>
      {shown.length > 0 && (
        <table className={css.table} aria-label={t('staffing.special_days')}>
          <thead><tr>{(['staffing.day', 'staffing.name', 'staffing.factor', 'staffing.for_whom'] as const).map((head) => <th key={head} scope="col">{t(head)}</th>)}<td /></tr></thead>
          <tbody>
            {shown.map((special) => (
              <tr key={`${special.day} ${special.client ?? ''}`}>
                <th scope="row">{formatDay(special.day)} {special.day.slice(0, 4)}</th>
                <td className={css.left}>{special.name}</td>
                <td className="num">{special.factor === 0 ? t('staffing.closed') : typeof special.factor === 'number' ? `${rounded(special.factor * 100, 0)} %` : t('staffing.learned')}</td>
                <td className={css.left}>{special.client ? t('staffing.this_client') : t('staffing.everybody')}</td>
                <td>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('staffing.remove_day', { day: formatDay(special.day) })} loading={save.isPending} onClick={() => save.mutate(data.days.filter((other) => other !== special))}>
                    <IconTrash size={16} />
                  </ActionIcon>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Refusal error={save.error} {...(save.error instanceof ApiError && save.error.code === 'conflict' ? { reload: () => void refetch() } : {})} />
      {save.error instanceof ApiError && save.error.faults.map(({ field, message, next }) => <p key={field} className={css.small}>{message} {next}</p>)}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Group gap={8} align="end">
          <TextInput size="xs" type="date" required label={t('staffing.day')} value={day} onChange={(event) => setDay(event.currentTarget.value)} />
          <TextInput size="xs" required label={t('staffing.name')} placeholder={t('staffing.name_example')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <NumberInput size="xs" w={150} label={t('staffing.factor')} placeholder={t('staffing.learned')} suffix=" %" min={0} max={10_000} allowDecimal={false} value={factor} onChange={setFactor} />
          <Button type="submit" size="xs" variant="default" loading={save.isPending} leftSection={<IconPlus size={14} />}>{t('staffing.add')}</Button>
        </Group>
      </form>
    </Section>
  );
}
