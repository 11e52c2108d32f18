// Who answers for a client right now, the hours by which that changes, and saying over them who does for a time.
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconArrowBackUp, IconHeadset, IconHome } from '@tabler/icons-react';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { faultAt } from '../admin/parts/faults';
import { faultsOf, Refusal, Section, Waiting } from '../admin/parts/Page';
import { get, path, put } from '../api/client';
import type { Answers, Id, OpenStretch, PresenceView } from '../api/types';
import { formatDate, formatDateTime, formatTime, needFace, useT, type Key } from '../i18n/t';
import { serverNow, useNow } from '../live/clock';
import { queries } from '../queries';
import { dayAfter, instantOf, today, wallOf } from '../ui/day';
import css from './Presence.module.css';

await Promise.all([needFace('admin'), needFace('presence')]);

/** What others may change is looked at this often. */
const REFRESH_MS = 15_000;
const DAYS = 7;

const presence = (client: Id) =>
  queryOptions({ queryKey: ['presence', client], queryFn: () => get<PresenceView>(path`/clients/${client}/presence`), refetchInterval: REFRESH_MS });

/** Who answers, said to a client’s people or to the provider’s. */
export function Presence({ client, side }: { client: Id; side: 'client' | 'provider' }) {
  const t = useT();
  const list = useQuery(presence(client));
  const [asking, setAsking] = useState<Answers>();
  const change = useMutation({
    mutationFn: (next: { answers: Answers | null; until: string | null }) => put<PresenceView>(path`/clients/${client}/presence`, { ...next, version: list.data?.version ?? 0 }),
    meta: { quiet: true },
    onSuccess: (now) => {
      queries.setQueryData(presence(client).queryKey, now);
      setAsking(undefined);
    },
  });
  // The hours change by themselves: what is shown is looked at again when they do.
  const now = useNow();
  const data = list.data;
  if (!data) return <Waiting error={list.error} retry={() => void list.refetch()} />;
  const at = (instant: string) => (today(data.zone, Date.parse(instant)) === today(data.zone, now) ? formatTime(instant, data.zone) : formatDateTime(instant, data.zone));
  const said = data.presence;
  const key = (name: string): Key => `presence.${name}_${side}` as Key; // both sides have the same names
  const state = !data.live ? t('presence.off') : said ? t(key(`said_${said.answers}`), { until: at(said.until) }) : data.open ? t(key('open')) : t(key('closed'));
  return (
    <div className={css.page}>
      {!asking && <Refusal error={change.error} reload={() => void list.refetch()} />}
      <section className={css.now} data-open={data.open || undefined} data-said={said ? true : undefined} aria-label={t('presence.now')}>
        <h2>{t('presence.now')}</h2>
        <p className={css.big} role="status">{state}</p>
        {said ? <p className={css.dim}>{t('presence.by', { name: said.by, at: at(said.since) })}</p> : data.changes && <p className={css.dim}>{t(data.open ? 'presence.closes' : 'presence.opens', { at: at(data.changes) })}</p>}
        {data.live && data.may_take_back && (
          <Group gap="sm">
            {said && (
              <Button size="md" leftSection={<IconArrowBackUp size={18} />} loading={change.isPending} onClick={() => change.mutate({ answers: null, until: null })}>{t('presence.end')}</Button>
            )}
            {said?.answers !== 'client' && <Button size="md" variant="default" leftSection={<IconHome size={18} />} onClick={() => setAsking('client')}>{t(key('take_back'))}</Button>}
            {said?.answers !== 'provider' && (
              <Button
                size="md" variant="default" leftSection={<IconHeadset size={18} />} disabled={!data.may_hand_over} aria-describedby={data.may_hand_over ? undefined : 'why-not'}
                onClick={() => setAsking('provider')}
              >
                {t(key('hand_over'))}
              </Button>
            )}
          </Group>
        )}
        {data.live && data.may_take_back && !data.may_hand_over && <p id="why-not" className={css.dim}>{t('presence.agreed_only')}</p>}
      </section>
      <Section title={t('presence.week')} hint={t('presence.week_hint', { zone: data.zone })}>
        <Week stretches={data.week} zone={data.zone} />
        {said && <details><summary>{t('presence.agreed')}</summary><Week stretches={data.agreed} zone={data.zone} /></details>}
      </Section>
      {asking && (
        <Until
          answers={asking} title={t(key(asking === 'client' ? 'take_back' : 'hand_over'))} view={data} error={change.error} busy={change.isPending} onClose={() => { change.reset(); setAsking(undefined); }}
          onSave={(until) => change.mutate({ answers: asking, until })}
        />
      )}
    </div>
  );
}

/** The hours of the coming days. */
function Week({ stretches, zone }: { stretches: readonly OpenStretch[]; zone: string }) {
  const t = useT();
  const first = today(zone, serverNow());
  return (
    <ul className={css.days}>
      {Array.from({ length: DAYS }, (_, at) => dayAfter(first, at)).map((day) => {
        const [from, until] = [instantOf(day, '00:00', zone).getTime(), instantOf(dayAfter(day), '00:00', zone).getTime()];
        const parts = stretches.filter((one) => Date.parse(one.from) < until && Date.parse(one.until) > from);
        const end = (text: string, of: 'from' | 'until') => {
          const at = Date.parse(text);
          return of === 'from' && at <= from ? '00:00' : of === 'until' && at >= until ? '24:00' : wallOf(at, zone).slice(11);
        };
        return (
          <li key={day}>
            <span className={css.day}>{formatDate(day)}</span>
            {parts.length === 0 ? <span className={css.dim}>{t('presence.none')}</span> : (
              <span className="num">{parts.map((one) => `${end(one.from, 'from')}–${end(one.until, 'until')}`).join(', ')}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Until when: the ends that people mean, or a time of their own. */
function Until({ answers, title, view, error, busy, onSave, onClose }: {
  answers: Answers; title: string; view: PresenceView; error: unknown; busy: boolean; onSave: (until: string) => void; onClose: () => void;
}) {
  const t = useT();
  const { zone } = view;
  const now = serverNow();
  const [wall, setWall] = useState(wallOf(now + 2 * 3_600_000, zone));
  const ends: { name: Key; at: number }[] = [{ name: 'presence.hour', at: now + 3_600_000 }, { name: 'presence.hours', at: now + 2 * 3_600_000 }];
  if (view.changes) ends.push({ name: view.open === (answers === 'client') ? 'presence.to_change' : 'presence.to_opening', at: Date.parse(view.changes) });
  ends.push({ name: 'presence.morning', at: instantOf(dayAfter(today(zone, now)), '08:00', zone).getTime() });
  const own = instantOf(wall.slice(0, 10), wall.slice(11), zone);
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <Stack gap="sm">
        <Refusal error={faultsOf(error).length > 0 ? undefined : error} />
        <Text size="sm">{t(answers === 'client' ? 'presence.why_client' : 'presence.why_provider')}</Text>
        <Text fw={600}>{t('presence.until')}</Text>
        {ends.filter(({ at }) => at > now).map(({ name, at }) => (
          <Button key={name} size="md" variant="default" disabled={busy} onClick={() => onSave(new Date(at).toISOString())}>{t(name, { at: formatDateTime(at, zone) })}</Button>
        ))}
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            onSave(own.toISOString());
          }}
        >
          <Group align="end" gap="xs" wrap="nowrap">
            <TextInput
              type="datetime-local" style={{ flex: 1 }} label={t('presence.own')} value={wall} error={faultAt(faultsOf(error), 'until')} onChange={(event) => setWall(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy} disabled={Number.isNaN(own.getTime())}>{t('presence.say')}</Button>
          </Group>
        </form>
        <Alert variant="light">{t('presence.over_by_itself')}</Alert>
      </Stack>
    </Modal>
  );
}
