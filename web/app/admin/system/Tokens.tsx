import { ActionIcon, Button, Checkbox, CopyButton, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconBan, IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { path, post, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { NewToken, NewTokenView, TokenScope, TokenView } from '../../api/types';
import { formatDateTime, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { Snippet } from '../../ui/Snippet';
import { allClients, allTokens, allUsers, changed, nameIn, optionsOf } from '../data';
import { Confirm, FormModal, Page, Table, Waiting } from '../parts/Page';

const SCOPES: readonly TokenScope[] = ['recordings', 'reports', 'contacts'];
/** Days until a token is void; `never` for one without an end. */
const LIVES = ['30', '90', '365', 'never'] as const;

type State = 'live' | 'expired' | 'revoked';

/** What became of a token. */
function stateOf({ revoked, expires }: TokenView): State {
  if (revoked) return 'revoked';
  return expires && Date.parse(expires) <= Date.now() ? 'expired' : 'live';
}

/** Programs that act for one of the provider's people. */
export default function Tokens() {
  const t = useT();
  const tokens = useQuery(allTokens);
  const clients = useQuery(allClients);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewTokenView>();
  const [revoking, setRevoking] = useState<TokenView>();
  const revoke = useMutation({
    mutationFn: (token: TokenView) => request('DELETE', path`/tokens/${token.id}`),
    onSettled: () => {
      setRevoking(undefined);
      changed('tokens');
    },
  });
  const rows = tokens.data;
  const make = <Button leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>{t('admin.new_token')}</Button>;
  const words = (token: TokenView) => token.scopes.map((scope) => t(`admin.token_may_${scope}`)).join(', ');
  const end = (token: TokenView) => {
    if (token.revoked) return t('admin.token_revoked', { when: formatDateTime(token.revoked) });
    if (!token.expires) return t('admin.token_no_end');
    const when = formatDateTime(token.expires);
    return stateOf(token) === 'expired' ? t('admin.token_expired', { when }) : when;
  };
  return (
    <Page title={t('admin.tokens')} why={t('admin.tokens_why')} actions={rows && rows.length > 0 ? make : undefined}>
      {!rows ? (
        <Waiting error={tokens.error} retry={() => void tokens.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={t('admin.tokens_none')} icon={<IconKey size={36} stroke={1.2} />} action={make}>{t('admin.tokens_none_next')}</Empty>
      ) : (
        <Table
          label={t('admin.tokens')}
          columns={[t('admin.name'), t('admin.token_may'), t('admin.token_owner'), t('admin.client'), t('admin.token_created'), t('admin.token_used'), t('admin.token_expires'), t('admin.actions')]}
        >
          {rows.map((token) => {
            const state = stateOf(token);
            return (
              <tr key={token.id} style={state === 'live' ? undefined : { color: 'var(--text-2)' }}>
                <td>{token.name} <code>…{token.hint}</code></td>
                <td>{words(token)}</td>
                <td>{token.owner_name}</td>
                <td>{token.client ? nameIn(clients.data, token.client) : t('admin.token_all_clients')}</td>
                <td className="num">{formatDateTime(token.created)}</td>
                <td className="num">{token.used ? formatDateTime(token.used) : t('admin.token_never_used')}</td>
                <td className="num">{end(token)}</td>
                <td>
                  {state !== 'revoked' && (
                    <ActionIcon variant="subtle" color="gray" aria-label={t('admin.token_revoke_of', { name: token.name })} onClick={() => setRevoking(token)}><IconBan size={16} /></ActionIcon>
                  )}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      {making && (
        <Form
          onClose={() => setMaking(false)}
          onMade={(one) => {
            setMaking(false);
            setMade(one);
          }}
        />
      )}
      <Confirm
        title={t('admin.token_revoke_sure', { name: revoking?.name ?? '' })} why={t('admin.token_revoke_why')} act={t('admin.token_revoke')} opened={revoking !== undefined}
        onClose={() => setRevoking(undefined)} onAct={() => { if (revoking) revoke.mutate(revoking); }} busy={revoke.isPending}
      />
      <Modal opened={made !== undefined} onClose={() => setMade(undefined)} title={t('admin.token_made', { name: made?.token.name ?? '' })} closeButtonProps={{ 'aria-label': t('shell.close') }}>
        <Stack gap="sm">
          <Text>{t('admin.secret_once')}</Text>
          <Snippet>{made?.secret}</Snippet>
          <CopyButton value={made?.secret ?? ''}>
            {({ copied, copy }) => <Button onClick={copy}>{copied ? t('admin.copied') : t('admin.copy')}</Button>}
          </CopyButton>
        </Stack>
      </Modal>
    </Page>
  );
}

function Form({ onClose, onMade }: { onClose: () => void; onMade: (made: NewTokenView) => void }) {
  const t = useT();
  const me = useMe();
  const clients = useQuery(allClients);
  const users = useQuery(allUsers);
  const [name, setName] = useState('');
  const [owner, setOwner] = useState<string>(me.user);
  const [client, setClient] = useState<string | null>(null);
  const [scopes, setScopes] = useState<TokenScope[]>([]);
  const [life, setLife] = useState<(typeof LIVES)[number]>('365');
  const save = useMutation({
    mutationFn: () => {
      const body: NewToken = { name, owner, client, scopes, days: life === 'never' ? null : Number(life) };
      return post<NewTokenView>('/tokens', body);
    },
    meta: { quiet: true },
    onSuccess: (made) => {
      changed('tokens');
      onMade(made);
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  // Only the provider's people who may sign in are offered.
  const owners = users.data?.filter((user) => !user.client && !user.disabled).map((user) => ({ value: user.id, label: user.name }));
  return (
    <FormModal
      title={t('admin.new_token')} opened onClose={onClose} onSubmit={() => save.mutate()} submit={t('admin.create')} busy={save.isPending}
      error={error?.faults.length ? undefined : error}
    >
      <TextInput
        label={t('admin.name')} description={t('admin.token_name_hint')} value={name} data-autofocus maxLength={80} error={error?.fault('name')}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox.Group label={t('admin.token_may')} value={scopes} error={error?.fault('scopes')} onChange={(chosen) => setScopes(SCOPES.filter((scope) => chosen.includes(scope)))}>
        <Stack gap={6} mt={6}>
          {SCOPES.map((scope) => <Checkbox key={scope} value={scope} label={t(`admin.token_may_${scope}`)} />)}
        </Stack>
      </Checkbox.Group>
      <Select
        label={t('admin.token_owner')} description={t('admin.token_owner_hint')} data={owners ?? []} searchable allowDeselect={false} value={owner} error={error?.fault('owner')}
        onChange={(chosen) => { if (chosen) setOwner(chosen); }}
      />
      <Select
        label={t('admin.client')} placeholder={t('admin.token_all_clients')} data={optionsOf(clients.data)} searchable clearable value={client} error={error?.fault('client')}
        onChange={setClient}
      />
      <Select
        label={t('admin.token_expires')} data={LIVES.map((one) => ({ value: one, label: one === 'never' ? t('admin.token_no_end') : t('admin.token_days', { days: one }) }))}
        allowDeselect={false} value={life} error={error?.fault('days')} onChange={(chosen) => setLife(LIVES.find((one) => one === chosen) ?? life)}
      />
    </FormModal>
  );
}
