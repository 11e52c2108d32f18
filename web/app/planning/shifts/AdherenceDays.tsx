// How everybody kept to the published schedule of a day.
import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { Table, Waiting } from '../../admin/parts/Page';
import { formatPermille, formatSpan, needFace, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { adherenceOf } from './data';

await needFace('shifts');
await needFace('admin');

/** A day, chosen, with the share of each agent. */
export function AdherenceDays() {
  const t = useT();
  // The server says which day it is where the floor is.
  const [day, setDay] = useState('');
  const { data, error, refetch } = useQuery(adherenceOf(day));
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  const span = (seconds: number): string => formatSpan(seconds * 1000);
  return (
    <>
      <TextInput type="date" w={170} mb="sm" label={t('shifts.day')} description={data.zone} value={data.day} onChange={(event) => event.currentTarget.value && setDay(event.currentTarget.value)} />
      {data.agents.length === 0 ? <Empty title={t(data.published ? 'shifts.nobody_that_day' : 'shifts.not_published')}>{t('shifts.not_published_next')}</Empty> : (
        <Table label={t('shifts.adherence')} columns={[t('shifts.agent'), t('shifts.adherence'), t('shifts.planned'), t('shifts.missed_work'), t('shifts.missed_break')]} numbersFrom={1}>
          {data.agents.map((row) => (
            <tr key={row.agent}>
              <td>{row.name}</td>
              <td className="num" align="right">{formatPermille(row.adherence_permille)}</td>
              <td className="num" align="right">{span(row.planned_s)}</td>
              <td className="num" align="right">{span(row.missed_work_s)}</td>
              <td className="num" align="right">{span(row.missed_break_s)}</td>
            </tr>
          ))}
          <tr>
            <td><strong>{t('shifts.together')}</strong></td>
            <td className="num" align="right"><strong>{formatPermille(data.adherence_permille)}</strong></td>
            <td colSpan={3} />
          </tr>
        </Table>
      )}
    </>
  );
}
