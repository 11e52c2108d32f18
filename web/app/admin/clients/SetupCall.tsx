// The first call of a client made from a template: what callers hear, and a number to call.
import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { get, path, post, put } from '../../api/client';
import type { ChangeNumber, FlowView, NewSpeech, NumberView, PromptView } from '../../api/types';
import { useT } from '../../i18n/t';
import { allNumbers, allTrunks, changed, draft as draftOf, flows as flowsOf, prompts as promptsOf } from '../data';
import { faultAt } from '../parts/faults';
import { faultsOf, Refusal, Section } from '../parts/Page';
import css from './Setup.module.css';

/** Shown where calls can come in: on a trunk. */
export function FirstCall({ client, prompts, flow: made }: { client: string; prompts: readonly NewSpeech[]; flow: string | undefined }) {
  const t = useT();
  const [trunks, numbers, spoken, draft, flows] = [useQuery(allTrunks), useQuery(allNumbers), useQuery(promptsOf(client)), useQuery(draftOf(client)), useQuery(flowsOf(client))];
  const [number, setNumber] = useState('');
  // The server knows whether the menu is on: so does this page after a reload.
  const menu = flows.data?.find(({ name }) => name === made) ?? flows.data?.[0];
  const flow = menu?.name ?? made;
  const published = typeof menu?.published === 'number';
  const queue = draft.data?.terms.queues.find(({ channels }) => channels.includes('voice'));
  const own = numbers.data?.filter((one) => one.client === client && one.active) ?? [];
  const speak = useMutation({
    mutationFn: async () => {
      for (const words of prompts) {
        const there = spoken.data?.items.some((one) => one.name === words.name && one.language === words.language);
        // One after the other: the speaking program works on one at a time.
        // oxlint-disable-next-line no-await-in-loop
        if (!there) await post<PromptView>(path`/clients/${client}/prompts/speech`, words);
      }
      if (!flow) return;
      const { version } = await get<FlowView>(path`/clients/${client}/flows/${flow}`);
      await post<FlowView>(path`/clients/${client}/flows/${flow}/publish`, { version });
      // Numbers that were given before lead through it from now on.
      await Promise.all(own.filter((one) => !one.flow).map(lead));
    },
    meta: { quiet: true },
    onSettled: () => changed('clients', 'numbers'),
  });
  const lead = (one: NumberView) => put<NumberView>(path`/numbers/${one.number}`, { ...one, flow } satisfies ChangeNumber);
  const leading = useMutation({ mutationFn: lead, onSettled: () => changed('clients', 'numbers') });
  const give = useMutation({
    mutationFn: () => {
      const body: ChangeNumber = { number: number.trim(), client, label: '', queue: queue?.id ?? '', active: true, version: 0, ...(published && flow ? { flow } : {}) };
      return put<NumberView>(path`/numbers/${number.trim()}`, body);
    },
    meta: { quiet: true }, onSuccess: () => setNumber(''), onSettled: () => changed('numbers', 'clients'),
  });
  if (!trunks.data?.length || !queue) return null;
  return (
    <Section title={t('admin.set_call')} hint={t('admin.set_call_hint')}>
      {flow && !published && (
        <>
          <ul className={css.gets}>{prompts.map(({ name, language, words }) => <li key={`${name} ${language}`} lang={language}><code>{name}</code> {words}</li>)}</ul>
          <Refusal error={speak.error} />
          {spoken.data?.can_speak && prompts.length > 0 ? (
            <Group><Button loading={speak.isPending} onClick={() => speak.mutate()}>{t('admin.set_speak')}</Button></Group>
          ) : (
            <Text size="sm">{t(spoken.data?.can_speak ? 'admin.set_menu_draft' : 'admin.set_record')} <Link to={'/admin/clients/$client/prompts' as '/'} params={{ client } as never}>{t('admin.prompts')}</Link></Text>
          )}
        </>
      )}
      {published && (own.some((one) => one.flow === flow) ? <Text size="sm">{t('admin.set_menu_leads')}</Text> : own.length === 0 && <Text size="sm">{t('admin.set_menu_on')}</Text>)}
      {published && own.filter((one) => !one.flow).map((one) => (
        <div key={one.number}><Button variant="default" loading={leading.isPending} onClick={() => leading.mutate(one)}>{t('admin.set_lead', { number: one.number })}</Button></div>
      ))}
      {own.length > 0 ? (
        <Text>{t('admin.set_call_now', { number: own.map((one) => one.number).join(', ') })}</Text>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            give.mutate();
          }}
        >
          <Refusal error={faultsOf(give.error).length > 0 ? undefined : give.error} />
          <Group align="flex-end">
            <TextInput
              type="tel" label={t('admin.phone_number')} description={t('admin.phone_number_hint')} placeholder="+33142345678" value={number} error={faultAt(faultsOf(give.error), 'number')}
              onChange={(event) => setNumber(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" disabled={number.trim() === ''} loading={give.isPending}>{t('admin.set_give')}</Button>
          </Group>
        </form>
      )}
    </Section>
  );
}
