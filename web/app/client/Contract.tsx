import { Title } from '@mantine/core';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { Canned } from '../admin/clients/Canned';
import { PhoneBook } from '../admin/clients/PhoneBook';
import { Versions, type Pair } from '../admin/contract/History';
import { Proposals } from '../admin/contract/Proposals';
import { Page, Waiting } from '../admin/parts/Page';
import { get, path, post } from '../api/client';
import { ApiError } from '../api/errors';
import { useMe } from '../api/session';
import type { AgreedContract, ContractTerms, ContractView, Id, TermsPreview } from '../api/types';
import { formatDateTime, needFace, useT } from '../i18n/t';
import { Empty } from '../ui/Empty';
import { showNote } from '../ui/toast';
import { Part } from './Part';

await Promise.all([needFace('admin'), needFace('client')]);

/** The newest version of a client's contract, as both sides see it. */
const agreed = (client: Id) =>
  queryOptions({
    queryKey: ['contract', client],
    queryFn: () => get<AgreedContract>(path`/clients/${client}/contract`),
    // Somebody may be writing in it: it is not fetched again under their hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** The contract for the client's own people: what of it is theirs to change, and what they propose. */
export default function Contract() {
  const t = useT();
  const me = useMe();
  const client = me.client?.id ?? '';
  const { data, error, refetch } = useQuery(agreed(client));
  const [pair, setPair] = useState<Pair>({});
  // Terms that the form begins with, where they are not what is agreed; each time anew.
  const [start, setStart] = useState<{ terms: ContractTerms; round: number }>();
  // The client's part of an older version is written once more, as changes of the newest.
  const again = useMutation({
    mutationFn: async (version: number) => {
      const { terms } = await get<ContractView>(path`/clients/${client}/contracts/${String(version)}`);
      const { own } = await post<TermsPreview>(path`/clients/${client}/contract/preview`, { based_on: data?.version, terms });
      return { version, own };
    },
    onSuccess: ({ version, own }) => {
      setStart((before) => ({ terms: own, round: (before?.round ?? 0) + 1 }));
      showNote(t('client.again', { version: String(version) }));
      window.scrollTo({ top: 0 });
    },
  });
  const load = () => {
    setStart(undefined);
    void refetch();
  };
  if (error instanceof ApiError && error.code === 'not_found') return <Empty title={t('client.none')}>{t('client.none_next')}</Empty>;
  if (!data) return <Waiting error={error} retry={() => void refetch()} />;
  const from = formatDateTime(data.valid_from, data.terms.zone);
  return (
    <Page title={t('client.title')} why={t(data.in_force ? 'client.version' : 'client.begins', { version: String(data.version), from })}>
      <Part key={`${data.version} ${start?.round ?? 0}`} contract={data} start={start?.terms} reload={load} />
      {data.controlled_by === 'client' && me.role === 'client_manager' && (
        <>
          <Title order={2}>{t('admin.canned')}</Title>
          <Canned client={client} languages={data.terms.languages} />
        </>
      )}
      <Title order={2}>{t('admin.phone_book')}</Title>
      <PhoneBook client={client} />
      <Title order={2}>{t('admin.proposals')}</Title>
      <Proposals client={client} />
      <Title order={2}>{t('admin.history')}</Title>
      <Versions client={client} zone={data.terms.zone} pair={pair} compare={(part) => setPair({ ...pair, ...part })} again={me.role === 'client_manager' && data.controlled_by !== 'provider' ? again.mutate : undefined} />
    </Page>
  );
}
