// Pools, teams, skills and sites: short lists of named things, edited in place.
import { ActionIcon, Button, NumberInput, Select, TextInput } from '@mantine/core';
import { IconCertificate, IconMapPin, IconPencil, IconPlus, IconTrash, IconUsers, IconUsersGroup } from '@tabler/icons-react';
import { useMutation, useQuery, type UseQueryOptions } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { PoolView, SiteView, SkillView, TeamView, UndoKind } from '../../api/types';
import { useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { allClients, allPools, allSites, allSkills, allTeams, changed, nameIn, optionsOf, tellChanged } from '../data';
import { Confirm, FormModal, Page, Table, Waiting } from '../parts/Page';

type Row = { id: string; name: string; agents: number; version: number };
type Kind = 'pools' | 'teams' | 'skills' | 'sites';

const kinds: Record<Kind, UndoKind> = { pools: 'pool', teams: 'team', skills: 'skill', sites: 'site' };
const icons: Record<Kind, ReactNode> = {
  pools: <IconUsersGroup size={32} stroke={1.4} />, teams: <IconUsers size={32} stroke={1.4} />,
  skills: <IconCertificate size={32} stroke={1.4} />, sites: <IconMapPin size={32} stroke={1.4} />,
};

/** The groups of agents under shared contracts. */
export function Pools() {
  const t = useT();
  return (
    <Named<PoolView, { name: string; fairness_cap_percent: number }>
      kind="pools" query={allPools as never} fresh="new_pool" column={t('admin.fairness')}
      cell={(pool) => (pool.fairness_cap_percent === 100 ? t('admin.fairness_none') : `${pool.fairness_cap_percent} %`)}
      begin={(pool) => ({ name: pool?.name ?? '', fairness_cap_percent: pool?.fairness_cap_percent ?? 100 })}
      renderExtra={(form, set, error) => (
        <NumberInput
          label={t('admin.fairness')} description={t('admin.fairness_hint')} value={form.fairness_cap_percent} min={1} max={100} suffix=" %" clampBehavior="none"
          error={error?.fault('fairness_cap_percent')} onChange={(value) => set({ ...form, fairness_cap_percent: Number(value) })}
        />
      )}
    />
  );
}

/** The teams that serve one client each. */
export function Teams() {
  const t = useT();
  const clients = useQuery(allClients);
  return (
    <Named<TeamView, { name: string; client: string }>
      kind="teams" query={allTeams as never} fresh="new_team" column={t('admin.team_client')} cell={(team) => nameIn(clients.data, team.client)}
      begin={(team) => ({ name: team?.name ?? '', client: team?.client ?? '' })}
      renderExtra={(form, set, error, old) => (
        <Select
          label={t('admin.team_client')} description={t('admin.team_client_hint')} data={optionsOf(clients.data)} value={form.client || null} searchable
          disabled={old !== undefined} allowDeselect={false} error={error?.fault('client')} onChange={(client) => { if (client) set({ ...form, client }); }}
        />
      )}
    />
  );
}

/** What agents can do. */
export function Skills() {
  return <Named<SkillView, { name: string }> kind="skills" query={allSkills as never} fresh="new_skill" begin={(skill) => ({ name: skill?.name ?? '' })} />;
}

/** Where agents work from. */
export function Sites() {
  return <Named<SiteView, { name: string }> kind="sites" query={allSites as never} fresh="new_site" begin={(site) => ({ name: site?.name ?? '' })} />;
}

function Named<R extends Row, F extends { name: string }>({ kind, query, fresh, column, cell, begin, renderExtra }: {
  kind: Kind;
  query: UseQueryOptions<R[]>;
  fresh: 'new_pool' | 'new_team' | 'new_skill' | 'new_site';
  /** A column of its own. */
  column?: string;
  cell?: (row: R) => ReactNode;
  /** The form to begin with. */
  begin: (row: R | undefined) => F;
  /** Fields besides the name. */
  renderExtra?: (form: F, set: (form: F) => void, error: ApiError | undefined, old: R | undefined) => ReactNode;
}) {
  const t = useT();
  const rows = useQuery(query);
  const [editing, setEditing] = useState<R | 'new'>();
  const [removing, setRemoving] = useState<R>();
  const remove = useMutation({
    mutationFn: (row: R) => request('DELETE', path`/${kind}/${row.id}`),
    onSuccess: (_, { id, name }) => tellChanged(t('admin.removed', { name }), kinds[kind], id, kind),
    onSettled: () => {
      setRemoving(undefined);
      changed(kind);
    },
  });
  const create = <Button leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>{t(`admin.${fresh}`)}</Button>;
  return (
    <Page title={t(`admin.${kind}`)} {...(rows.data?.length ? { actions: create, why: t(`admin.${kind}_none_next`) } : {})}>
      {!rows.data ? (
        <Waiting error={rows.error} retry={() => void rows.refetch()} />
      ) : rows.data.length === 0 ? (
        <Empty icon={icons[kind]} title={t(`admin.${kind}_none`)} action={create}>{t(`admin.${kind}_none_next`)}</Empty>
      ) : (
        <Table label={t(`admin.${kind}`)} columns={[t('admin.name'), ...(column ? [column] : []), t('admin.agents'), t('admin.actions')]}>
          {rows.data.map((row) => (
            <tr key={row.id}>
              <td>{row.name}</td>
              {cell && <td>{cell(row)}</td>}
              <td className="num">{t('admin.number_agents', { count: row.agents })}</td>
              <td>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.edit_of', { name: row.name })} onClick={() => setEditing(row)}><IconPencil size={16} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={t('admin.remove_of', { name: row.name })} onClick={() => setRemoving(row)}><IconTrash size={16} /></ActionIcon>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {editing && <Form kind={kind} fresh={fresh} row={editing === 'new' ? undefined : editing} begin={begin} renderExtra={renderExtra} onClose={() => setEditing(undefined)} />}
      <Confirm
        title={t('admin.remove_sure', { name: removing?.name ?? '' })} why={t('admin.remove_sure_why')} act={t('admin.remove')} opened={removing !== undefined}
        onClose={() => setRemoving(undefined)} onAct={() => { if (removing) remove.mutate(removing); }} busy={remove.isPending}
      />
    </Page>
  );
}

function Form<R extends Row, F extends { name: string }>({ kind, fresh, row, begin, renderExtra, onClose }: {
  kind: Kind; fresh: 'new_pool' | 'new_team' | 'new_skill' | 'new_site'; row: R | undefined; begin: (row: R | undefined) => F;
  renderExtra: ((form: F, set: (form: F) => void, error: ApiError | undefined, old: R | undefined) => ReactNode) | undefined; onClose: () => void;
}) {
  const t = useT();
  const [form, setForm] = useState<F>(() => begin(row));
  const save = useMutation({
    mutationFn: () => (row ? put<Row>(path`/${kind}/${row.id}`, { ...form, version: row.version }) : post<Row>(`/${kind}`, form)),
    meta: { quiet: true },
    onSuccess: ({ id, name }) => {
      tellChanged(t('admin.saved_of', { name }), kinds[kind], id, kind);
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  return (
    <FormModal
      title={row ? t('admin.edit_of', { name: row.name }) : t(`admin.${fresh}`)} opened onClose={onClose} onSubmit={() => save.mutate()}
      submit={row ? t('admin.save') : t('admin.create')} busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <TextInput
        label={t('admin.name')} value={form.name} data-autofocus maxLength={80} error={error?.fault('name')}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
      />
      {renderExtra?.(form, setForm, error, row)}
    </FormModal>
  );
}
