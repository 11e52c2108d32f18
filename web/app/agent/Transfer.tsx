import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconAddressBook, IconSearch, IconStack2, IconTools } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';

import { get, path } from '../api/client';
import type { DeskContact, TransferTargets, TransferTo } from '../api/types';
import { useT } from '../i18n/t';
import { Empty } from '../ui/Empty';
import { StatePill } from '../ui/StatePill';
import { Since } from '../ui/Timer';
import { showNote } from '../ui/toast';
import { useAct } from './act';
import css from './Transfer.module.css';

/** Whom a contact may be passed to, each with its state; those who may not take it say why. */
export function Transfer({ contact, onClose }: { contact: DeskContact; onClose: () => void }) {
  const t = useT();
  const [find, setFind] = useState('');
  const [note, setNote] = useState('');
  const run = useAct(contact.contact);
  const { data, error } = useQuery({
    queryKey: ['targets', contact.contact, find],
    queryFn: ({ signal }) => get<TransferTargets>(path`/desk/contacts/${contact.contact}/targets`, { q: find }, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: 3000,
  });
  const pass = (to: TransferTo, name: string): void =>
    run.mutate({ kind: 'transfer', to, note }, {
      onSuccess: () => {
        onClose();
        showNote(t('desk.passed_to', { name, customer: contact.customer.name }));
      },
    });
  const consult = (agent: string): void => run.mutate({ kind: 'consult', agent }, { onSuccess: onClose });
  // Only a customer on the line can be passed on to a telephone.
  const reaches = contact.call?.state === 'connected' && !(contact.call.outside && contact.call.outside.state !== 'failed');
  const outside = reaches ? (data?.phone_book.length ?? 0) : 0;
  const nothing = data && data.agents.length + data.queues.length + data.skills.length + outside === 0;

  return (
    <Modal
      opened onClose={onClose} size={620} title={t('desk.transfer_title', { customer: contact.customer.name, client: contact.client.name })}
      closeButtonProps={{ 'aria-label': t('shell.close') }}
    >
      <div className={css.dialog}>
        <TextInput
          size="sm" data-autofocus leftSection={<IconSearch size={15} />} aria-label={t('desk.find_target')} placeholder={t('desk.find_target')}
          value={find} onChange={(event) => setFind(event.currentTarget.value)}
        />
        <div className={css.list} tabIndex={-1}>
          {error && <Empty title={error.message} />}
          {nothing && <Empty title={find ? t('desk.no_targets') : t('desk.nobody_else')}>{find ? undefined : t('desk.nobody_else_next')}</Empty>}
          {data && data.agents.length > 0 && (
            <Part title={t('desk.colleagues')}>
              {data.agents.map(({ agent, name, state, not_possible }) => (
                <li key={agent} className={css.target} data-off={not_possible ? true : undefined}>
                  <span className={css.name}>
                    <span>{name}</span>
                    {not_possible && <small>{not_possible}</small>}
                  </span>
                  <StatePill state={state} />
                  <span className={css.clock}>{state.kind === 'signed_out' ? '' : <Since at={state.since} />}</span>
                  <Button
                    variant="default" disabled={Boolean(not_possible) || run.isPending || contact.state === 'consulting'}
                    aria-label={t('desk.ask_name', { name })} onClick={() => consult(agent)}
                  >
                    {t('desk.ask')}
                  </Button>
                  <Button
                    variant="light" disabled={Boolean(not_possible) || run.isPending} aria-label={t('desk.pass_name', { name })}
                    onClick={() => pass({ kind: 'agent', id: agent }, name)}
                  >
                    {t('desk.pass')}
                  </Button>
                </li>
              ))}
            </Part>
          )}
          {data && reaches && data.phone_book.length > 0 && (
            <Part title={t('desk.outside')}>
              {data.phone_book.map(({ name, number, note: when }) => (
                <li key={`${name} ${number}`} className={css.target}>
                  <IconAddressBook size={16} stroke={1.6} aria-hidden />
                  <span className={css.name}>
                    <span>{name} <bdi className="num">{number}</bdi></span>
                    {when && <small>{when}</small>}
                  </span>
                  <Button
                    variant="default" disabled={run.isPending} aria-label={t('desk.call_first_name', { name })}
                    onClick={() => run.mutate({ kind: 'outside', number, transfer: false }, { onSuccess: onClose })}
                  >
                    {t('desk.call_first')}
                  </Button>
                  <Button
                    variant="light" disabled={run.isPending} aria-label={t('desk.pass_name', { name })}
                    onClick={() => run.mutate({ kind: 'outside', number, transfer: true }, {
                      onSuccess: () => {
                        onClose();
                        showNote(t('desk.passed_to', { name, customer: contact.customer.name }));
                      },
                    })}
                  >
                    {t('desk.pass')}
                  </Button>
                </li>
              ))}
            </Part>
          )}
          {data && data.queues.length > 0 && (
            <Part title={t('desk.queues')}>
              {data.queues.map(({ queue, name, waiting }) => (
                <li key={queue} className={css.target}>
                  <IconStack2 size={16} stroke={1.6} aria-hidden />
                  <span className={css.name}>{name}</span>
                  <span className={css.waiting}>{t('desk.waiting', { count: waiting })}</span>
                  <Button
                    variant="light" disabled={run.isPending || queue === contact.queue_id} aria-label={t('desk.pass_name', { name })}
                    title={queue === contact.queue_id ? t('desk.same_queue') : undefined} onClick={() => pass({ kind: 'queue', id: queue }, name)}
                  >
                    {t('desk.pass')}
                  </Button>
                </li>
              ))}
            </Part>
          )}
          {data && data.skills.length > 0 && (
            <Part title={t('desk.skills')}>
              {data.skills.map(({ skill, name }) => (
                <li key={skill} className={css.target}>
                  <IconTools size={16} stroke={1.6} aria-hidden />
                  <span className={css.name}>{name}</span>
                  <Button
                    variant="light" disabled={run.isPending} aria-label={t('desk.pass_name', { name })}
                    onClick={() => pass({ kind: 'skill', id: skill }, name)}
                  >
                    {t('desk.pass')}
                  </Button>
                </li>
              ))}
            </Part>
          )}
        </div>
        <Textarea
          label={t('desk.transfer_note')} description={t('desk.transfer_note_text')} rows={2} maxLength={2000} value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      </div>
    </Modal>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className={css.heading}>{title}</h3>
      <ul className={css.items}>{children}</ul>
    </section>
  );
}
