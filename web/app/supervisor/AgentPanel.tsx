import { ActionIcon, Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { IconX } from '@tabler/icons-react';
import { Fragment, useState } from 'react';

import { get, path, post } from '../api/client';
import { leads, useMe } from '../api/session';
import type { BoardAgent, BoardAgentContact, Id, MoveDone, PoolName, PresenceChoice } from '../api/types';
import { formatNumber, formatPermille, useT } from '../i18n/t';
import { live } from '../live/hub';
import { useRows } from '../live/store';
import { AWAY_REASONS } from '../agent/presenceCommands';
import { ChannelIcon } from '../ui/ChannelIcon';
import { ClientTag } from '../ui/ClientTag';
import { Quality } from '../ui/Quality';
import { StatePill } from '../ui/StatePill';
import { Since } from '../ui/Timer';
import { showError, showNote, showUndo } from '../ui/toast';
import css from './AgentPanel.module.css';
import panel from './panel.module.css';
import { Supervise } from './Supervise';

/** One agent: what is in hand, and what a lead may change; each change with its reason. */
export function AgentPanel({ agent: id, onClose }: { agent: Id; onClose: () => void }) {
  const t = useT();
  const may = leads(useMe());
  const agent = useRows(live().board.agents).find((one) => one.id === id);
  return (
    <aside className={panel.drawer} aria-labelledby="agent-panel">
      <header className={panel.head}>
        <h2 id="agent-panel">{agent?.name ?? t('board.no_agent')}</h2>
        {agent && <StatePill state={agent.state} />}
        {agent && agent.state.kind !== 'signed_out' && <Since at={agent.state.since} />}
        <span className={css.space} />
        <ActionIcon variant="subtle" color="gray" size={28} onClick={onClose} aria-label={t('shell.close')}><IconX size={16} /></ActionIcon>
      </header>
      {agent && (
        <div className={panel.body}>
          <section className={panel.part}>
            <dl className={css.facts}>
              <div><dt>{t('board.answered')}</dt><dd className="num">{formatNumber(agent.answered)}</dd></div>
              <div><dt>{t('board.missed')}</dt><dd className="num">{formatNumber(agent.missed)}</dd></div>
              <div><dt>{t('board.occupancy')}</dt><dd className="num">{formatPermille(agent.occupancy_permille)}</dd></div>
              <div><dt>{t('board.load')}</dt><dd className="num">{agent.points_used} / 100</dd></div>
            </dl>
          </section>
          <InHand agent={agent} may={may} />
          {may ? <ChangeState agent={agent} /> : <p className={css.none}>{t('board.leads_only')}</p>}
          {may && <MovePools agent={agent} />}
        </div>
      )}
    </aside>
  );
}

function InHand({ agent, may }: { agent: BoardAgent; may: boolean }) {
  const t = useT();
  const clients = useRows(live().board.clients);
  const release = useMutation({
    mutationFn: (contact: Id) => post(path`/board/agents/${agent.id}/contacts/${contact}/release`),
    onSuccess: () => showNote(t('board.released', { name: agent.name })),
  });
  const me = useMe();
  const navigate = useNavigate();
  const takeOver = useMutation({
    mutationFn: (contact: Id) => post(path`/board/agents/${agent.id}/contacts/${contact}/take-over`),
    onSuccess: () => {
      showNote(t('board.taken_over', { name: agent.name }));
      void navigate({ to: '/desk' });
    },
  });
  return (
    <section className={panel.part} aria-labelledby="in-hand">
      <h3 id="in-hand">{t('board.in_hand')}</h3>
      {agent.contacts.length === 0 && <p className={css.none}>{t('board.nothing_in_hand')}</p>}
      <ul className={css.contacts}>
        {agent.contacts.map((contact) => {
          const client = clients.find(({ id }) => id === contact.client);
          return (
            <Fragment key={contact.contact}>
              <li>
                {client && <ClientTag initials={client.initials} hue={client.hue} />}
                <ChannelIcon channel={contact.channel} />
                <span className={css.client}>{client?.name}</span>
                <StatePill state={{ kind: stateOf(contact.state) }} />
                <Since at={contact.since} className={contact.over_limit ? css.over : undefined} />
                {isInHand(contact) && me.agent !== agent.id && (
                  <Button
                    size="compact-xs" variant="default" disabled={!may || !me.agent} loading={takeOver.isPending && takeOver.variables === contact.contact}
                    title={t(!may ? 'board.leads_only' : me.agent ? 'board.take_over_text' : 'board.take_over_no_desk')} onClick={() => takeOver.mutate(contact.contact)}
                  >
                    {t('board.take_over')}
                  </Button>
                )}
                <Button
                  size="compact-xs" variant="default" disabled={!may} loading={release.isPending && release.variables === contact.contact}
                  title={!may ? t('board.leads_only') : t(contact.state === 'wrap_up' ? 'board.release_wrap_up' : 'board.release_text')} onClick={() => release.mutate(contact.contact)}
                >
                  {t('board.release')}
                </Button>
              </li>
              {(contact.customer_sound || contact.agent_sound) && <li className={css.spoken}><Sound contact={contact} /></li>}
              {isSpokenNow(contact) && <li className={css.spoken}><Supervise contact={contact.contact} name={agent.name} may={may} /></li>}
            </Fragment>
          );
        })}
      </ul>
    </section>
  );
}

/** How both sides of a call sound now. */
function Sound({ contact }: { contact: BoardAgentContact }) {
  const t = useT();
  const sides = [[t('board.sound_customer'), contact.customer_sound], [t('board.sound_agent'), contact.agent_sound]] as const;
  return (
    <dl className={css.sound}>
      {sides.map(([side, quality]) => quality && <div key={side}><dt>{side}</dt><dd><Quality quality={quality} /></dd></div>)}
    </dl>
  );
}

/** An agent is with the customer, or has them on hold. */
const isInHand = ({ state }: BoardAgentContact): boolean => state === 'talking' || state === 'holding';

/** A call in which somebody may be heard. */
const isSpokenNow = ({ channel, state }: BoardAgentContact): boolean =>
  (channel === 'voice' || channel === 'callback') && (state === 'talking' || state === 'holding' || state === 'consulting');

const STATES = ['offered', 'talking', 'holding', 'consulting', 'wrap_up'] as const;
const stateOf = (name: string) => STATES.find((state) => state === name) ?? 'talking';

function ChangeState({ agent }: { agent: BoardAgent }) {
  const t = useT();
  const [chosen, setChosen] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const set = useMutation({
    mutationFn: (presence: PresenceChoice) => post(path`/board/agents/${agent.id}/presence`, { presence, reason }),
    onSuccess: () => {
      showNote(t('board.state_set', { name: agent.name }));
      setChosen(null);
      setReason('');
    },
  });
  const out = agent.state.kind === 'signed_out';
  const options: { value: string; label: string; choice: PresenceChoice }[] = [
    { value: 'available', label: t('desk.state_available'), choice: { kind: 'available' } },
    ...AWAY_REASONS.map((away) => ({ value: away, label: t(`desk.reason_${away}`), choice: { kind: 'away' as const, reason: away } })),
    { value: 'sign_out', label: t('desk.leave_floor'), choice: { kind: 'sign_out' } },
  ];
  const choice = options.find(({ value }) => value === chosen)?.choice;
  return (
    <section className={panel.part} aria-labelledby="change-state">
      <h3 id="change-state">{t('board.change_state')}</h3>
      {out ? <p className={css.none}>{t('board.signed_out_text')}</p> : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (choice) set.mutate(choice);
          }}
        >
          <Stack gap="xs">
            <Select
              label={t('board.new_state')} data={options.map(({ value, label }) => ({ value, label }))} value={chosen} onChange={setChosen}
              description={agent.contacts.length > 0 ? t('board.after_work') : undefined}
            />
            <TextInput label={t('board.reason')} description={t('board.reason_text')} value={reason} required onChange={(event) => setReason(event.currentTarget.value)} />
            <Group justify="flex-end">
              <Button type="submit" disabled={!choice || reason.trim() === ''} loading={set.isPending}>{t('board.set_state')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </section>
  );
}

function MovePools({ agent }: { agent: BoardAgent }) {
  const t = useT();
  const { data: pools } = useQuery({ queryKey: ['board-pools'], queryFn: ({ signal }) => get<PoolName[]>('/board/pools', undefined, signal), staleTime: 60_000 });
  const [changed, setChanged] = useState<Id[]>();
  const [reason, setReason] = useState('');
  const chosen = changed ?? agent.pools;
  const same = chosen.length === agent.pools.length && chosen.every((pool) => agent.pools.includes(pool));
  const move = useMutation({
    mutationFn: () => post<MoveDone>(path`/board/agents/${agent.id}/move`, { pools: chosen, reason }),
    onSuccess: ({ undo, after }) => {
      const names = after.map((pool) => pools?.find(({ id }) => id === pool)?.name ?? '').filter(Boolean).join(', ');
      showUndo(names ? t('board.moved', { name: agent.name, pools: names }) : t('board.moved_out', { name: agent.name }), () => {
        void post(path`/board/moves/${undo}/undo`).then(() => showNote(t('board.moved_back', { name: agent.name })), showError);
      });
      setChanged(undefined);
      setReason('');
    },
  });
  return (
    <section className={panel.part} aria-labelledby="move-pools">
      <h3 id="move-pools">{t('board.pools')}</h3>
      {pools?.length === 0 && <p className={css.none}>{t('board.no_pools')}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          move.mutate();
        }}
      >
        <Stack gap="xs">
          {pools?.map(({ id, name }) => (
            <Checkbox
              key={id} label={name} checked={chosen.includes(id)}
              onChange={(event) => setChanged(event.currentTarget.checked ? [...chosen, id] : chosen.filter((pool) => pool !== id))}
            />
          ))}
          {!same && (
            <>
              <TextInput label={t('board.reason')} description={t('board.reason_text')} required value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
              <Group justify="flex-end" gap="xs">
                <Button variant="default" onClick={() => setChanged(undefined)}>{t('shell.cancel')}</Button>
                <Button type="submit" disabled={reason.trim() === ''} loading={move.isPending}>{t('board.move')}</Button>
              </Group>
            </>
          )}
        </Stack>
      </form>
    </section>
  );
}
