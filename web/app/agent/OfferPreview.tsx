import { Button } from '@mantine/core';

import type { DeskContact } from '../api/types';
import { useT } from '../i18n/t';
import { ClientTag } from '../ui/ClientTag';
import { CountdownRing } from '../ui/CountdownRing';
import { KeyHint } from '../ui/KeyHint';
import { useAct } from './act';
import { keyForAria, keyLabel, useBindings } from './bindings';
import { OfferReason, WaitClock } from './ContactList';
import css from './OfferPreview.module.css';

/** An offer in front of an otherwise empty desk: for whom, the words to say, and the answer. */
export function OfferPreview({ contact, lost, onAnswer }: { contact: DeskContact; lost: boolean; onAnswer: () => void }) {
  const t = useT();
  const refuse = useAct(contact.contact);
  const keys = useBindings();
  return (
    <div className={css.offer}>
      <div className={css.head}>
        <ClientTag initials={contact.client.initials} hue={contact.client.hue} size={52} />
        <div className={css.names}>
          <p className={css.for}>{t('desk.you_speak_for')}</p>
          <h2 className={css.client}>{contact.client.name}</h2>
          <p className={css.customer}>{contact.customer.name} · {t('desk.waits_since')} <WaitClock contact={contact} /></p>
          <OfferReason contact={contact} />
        </div>
        {contact.until && <CountdownRing from={contact.since} until={contact.until} size={64} />}
      </div>
      <div>
        <p className={css.label}>{t('desk.say_first')}</p>
        <p className={css.greeting} lang={contact.language}>{contact.greeting}</p>
      </div>
      <div className={css.choice}>
        <Button size="md" disabled={lost} onClick={onAnswer} aria-keyshortcuts={keyForAria(keys.answer)} rightSection={<KeyHint>{keyLabel(keys.answer)}</KeyHint>}>
          {t('desk.answer')}
        </Button>
        <Button
          size="md" variant="default" disabled={lost} loading={refuse.isPending} aria-keyshortcuts={keyForAria(keys.refuse)}
          rightSection={<KeyHint>{keyLabel(keys.refuse)}</KeyHint>} onClick={() => refuse.mutate({ kind: 'refuse' })}
        >
          {t('desk.refuse')}
        </Button>
      </div>
    </div>
  );
}
