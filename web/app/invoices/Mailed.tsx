// To whom a document was mailed, and sending it by hand.
import { TagsInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { faultsOf, FormModal } from '../admin/parts/Page';
import { post } from '../api/client';
import type { InvoiceView } from '../api/types';
import { formatDateTime, useT } from '../i18n/t';
import { sayFault } from '../i18n/said';
import { showNote } from '../ui/toast';
import amounts from '../billing/Amounts.module.css';
import css from './Invoices.module.css';

/** Each mail of a document, and what became of it. */
export function Mailed({ mails, zone }: { mails: InvoiceView['mails']; zone: string }) {
  const t = useT();
  if (mails.length === 0) return null;
  return (
    <ul className={css.mails} aria-label={t('billing.mail_mails')}>
      {mails.map(({ to, state, at, error }) => (
        <li key={`${to} ${at} ${state}`}>
          {t(`billing.mail_${state}`, { to, at: formatDateTime(at, zone) })}
          {error && state !== 'sent' && <span className={amounts.dim}>: {error}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Asks to whom a document shall be mailed. */
export function MailIt({ at, contacts, version, onClose, onDone }: { at: string; version: number; contacts: string[]; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const [to, setTo] = useState(contacts);
  const send = useMutation({
    mutationFn: () => post<InvoiceView>(`${at}/mail`, { to, version }), meta: { quiet: true },
    onSuccess: () => {
      showNote(t('billing.mail_done'));
      onDone();
      onClose();
    },
  });
  const [fault] = faultsOf(send.error);
  return (
    <FormModal title={t('billing.mail_act')} opened onClose={onClose} submit={t('billing.mail_send')} busy={send.isPending} error={fault ? undefined : send.error} onSubmit={() => send.mutate()}>
      <TagsInput
        label={t('billing.mail_to')} description={t('billing.mail_hint')} value={to} maxTags={10} acceptValueOnBlur data-autofocus
        error={fault && `${sayFault(fault).message} ${sayFault(fault).next}`} onChange={setTo}
      />
    </FormModal>
  );
}
