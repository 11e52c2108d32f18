import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, post } from '../../api/client';
import { useMe } from '../../api/session';
import type { ContractView, Id, ProposalView } from '../../api/types';
import { formatDateTime, useT } from '../../i18n/t';
import { Empty } from '../../ui/Empty';
import { showNote } from '../../ui/toast';
import { changed, proposals as proposalsOf } from '../data';
import { Refusal, Section, Waiting } from '../parts/Page';
import { Changes } from './History';

/** What the client of the address wishes its contract to say. */
export default function OfClient() {
  const { client } = useParams({ strict: false }) as { client: string };
  return <Proposals client={client} />;
}

/** The proposals of a client, the newest first, for both sides. */
export function Proposals({ client }: { client: Id }) {
  const t = useT();
  const own = Boolean(useMe().client);
  const { data, error, refetch } = useQuery(proposalsOf(client));
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  if (data.length === 0) return <Empty title={t('admin.proposals_none')}>{t(own ? 'admin.proposals_none_own' : 'admin.proposals_none_next')}</Empty>;
  return <>{data.map((proposal) => <One key={proposal.id} proposal={proposal} />)}</>;
}

function One({ proposal }: { proposal: ProposalView }) {
  const t = useT();
  const me = useMe();
  const [answer, setAnswer] = useState('');
  const at = (what: string) => `${path`/clients/${proposal.client}/proposals/${proposal.id}`}/${what}`;
  const { version } = proposal;
  const again = () => changed('clients', 'contract');
  const accept = useMutation({
    mutationFn: () => post<ContractView>(at('accept'), { version, answer }),
    meta: { quiet: true },
    onSuccess: (made) => showNote(t('admin.proposal_done_accept', { version: String(made.version) })),
    onSettled: again,
  });
  const refuse = useMutation({
    mutationFn: () => post<ProposalView>(at('refuse'), { version, answer }),
    meta: { quiet: true },
    onSuccess: () => showNote(t('admin.proposal_done_refuse')),
    onSettled: again,
  });
  const withdraw = useMutation({
    mutationFn: () => post<ProposalView>(at('withdraw'), { version }),
    meta: { quiet: true },
    onSuccess: () => showNote(t('admin.proposal_done_withdraw')),
    onSettled: again,
  });
  const title = t('admin.proposal_of', { author: proposal.author, at: formatDateTime(proposal.proposed) });
  const decides = proposal.state === 'open' && (me.role === 'account_manager' || me.role === 'administrator');
  const silent = answer.trim() === '';
  const [asked, setAsked] = useState(false);
  return (
    <Section title={title} hint={`${t(`admin.proposal_${proposal.state}`)} · ${t('admin.proposal_base', { version: String(proposal.based_on) })}`}>
      <Text style={{ whiteSpace: 'pre-wrap' }} dir="auto">{proposal.note}</Text>
      <Changes label={t('admin.proposal_changes')} changes={proposal.changes} />
      {proposal.contract_version && <Text>{t('admin.proposal_became', { version: String(proposal.contract_version) })}</Text>}
      {proposal.answer && <Text dir="auto"><strong>{t('admin.proposal_answered')}:</strong> {proposal.answer}</Text>}
      <Refusal error={accept.error ?? refuse.error ?? withdraw.error} reload={again} />
      {decides && (
        <Stack gap="sm">
          <Textarea
            label={t('admin.proposal_answer')} autosize minRows={1} maxRows={6} maxLength={2000} dir="auto" value={answer} error={asked && silent ? t('admin.proposal_refuse_why') : undefined}
            onChange={(event) => setAnswer(event.currentTarget.value)}
          />
          <Group gap="sm">
            <Button loading={accept.isPending} onClick={() => accept.mutate()}>{t('admin.proposal_accept')}</Button>
            <Button
              variant="default" loading={refuse.isPending}
              onClick={() => {
                setAsked(true);
                if (!silent) refuse.mutate();
              }}
            >
              {t('admin.proposal_refuse')}
            </Button>
          </Group>
        </Stack>
      )}
      {proposal.state === 'open' && me.role === 'client_manager' && (
        <div><Button variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>{t('admin.proposal_withdraw')}</Button></div>
      )}
    </Section>
  );
}
