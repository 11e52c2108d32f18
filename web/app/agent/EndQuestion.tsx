import { Button, Group, Modal } from '@mantine/core';

import type { DeskContact } from '../api/types';
import { useT } from '../i18n/t';
import { useAct, withColleague } from './act';

/** Asked before a conversation ends, since the customer cannot be brought back. */
export function EndQuestion({ contact, onClose }: { contact: DeskContact; onClose: () => void }) {
  const t = useT();
  const end = useAct(contact.contact);
  const others = withColleague(contact);
  const go = (kind: 'end' | 'leave'): void => end.mutate({ kind }, { onSuccess: onClose });
  return (
    <Modal opened onClose={onClose} title={t('desk.end_title', { customer: contact.customer.name })} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <p style={{ marginTop: 0 }}>{others ? t('desk.end_text_others', { names: (contact.with ?? []).join(', ') }) : t(contact.call ? 'desk.end_text_call' : 'desk.end_text')}</p>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" size="sm" onClick={onClose}>{t('shell.cancel')}</Button>
        {others && <Button variant="default" size="sm" loading={end.isPending} onClick={() => go('leave')}>{t('desk.leave')}</Button>}
        <Button color="danger" size="sm" loading={end.isPending} data-autofocus onClick={() => go('end')}>{t('desk.end_now')}</Button>
      </Group>
    </Modal>
  );
}
