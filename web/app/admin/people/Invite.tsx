// A link by which somebody chooses a password: sent by mail, or shown once to be handed over.
import { Alert, Button, CopyButton, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { post } from '../../api/client';
import { useMe } from '../../api/session';
import type { Invitation, UserView } from '../../api/types';
import { formatDateTime, useT } from '../../i18n/t';
import { Snippet } from '../../ui/Snippet';
import { showNote } from '../../ui/toast';
import { faultAt } from '../parts/faults';
import { faultsOf, Refusal } from '../parts/Page';

/** What looks like a mail address. */
const isAddress = (text: string): boolean => /^\S+@\S+\.\S+$/.test(text);

export function Invite({ user, at, onClose }: { user: UserView; at: string; onClose: () => void }) {
  const t = useT();
  const { mail_on } = useMe();
  const [way, setWay] = useState<'mail' | 'link'>(mail_on ? 'mail' : 'link');
  const [to, setTo] = useState(isAddress(user.login) ? user.login : '');
  const invite = useMutation({
    mutationFn: () => post<Invitation>(at, { to: way === 'mail' ? to : null }),
    meta: { quiet: true },
    onSuccess: ({ link }) => {
      if (link) return;
      showNote(t('admin.invited', { name: user.name, to }));
      onClose();
    },
  });
  const faults = faultsOf(invite.error);
  const made = invite.data?.link ? invite.data : undefined;
  return (
    <Modal opened onClose={onClose} title={t('admin.invite_of', { name: user.name })} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      {made ? (
        <Stack gap="sm">
          <Text>{t('admin.invite_link', { name: user.name, until: formatDateTime(made.expires) })}</Text>
          <Snippet>{made.link}</Snippet>
          <CopyButton value={made.link ?? ''}>
            {({ copied, copy }) => <Button data-autofocus onClick={copy}>{copied ? t('admin.copied') : t('admin.copy')}</Button>}
          </CopyButton>
        </Stack>
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate();
          }}
        >
          <Stack gap="sm">
            {faults.length === 0 && <Refusal error={invite.error} />}
            <Text size="sm">{t('admin.invite_why')}</Text>
            {mail_on ? (
              <SegmentedControl
                aria-label={t('admin.invite_way')} value={way} onChange={(chosen) => setWay(chosen === 'mail' ? 'mail' : 'link')}
                data={[{ value: 'mail', label: t('admin.invite_by_mail') }, { value: 'link', label: t('admin.invite_by_hand') }]}
              />
            ) : <Alert variant="light">{t('admin.invite_no_mail')}</Alert>}
            {way === 'mail' && (
              <TextInput
                type="email" label={t('admin.invite_to')} value={to} data-autofocus autoComplete="off" error={faultAt(faults, 'to')}
                onChange={(event) => setTo(event.currentTarget.value)}
              />
            )}
            <Group justify="flex-end" mt="xs">
              <Button variant="default" onClick={onClose}>{t('admin.invite_later')}</Button>
              <Button type="submit" loading={invite.isPending}>{t(way === 'mail' ? 'admin.invite_send' : 'admin.invite_make')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

/** How somebody new gets in: by a link, or by a password that is told them. */
export function HowIn({ byLink, onChange }: { byLink: boolean; onChange: (byLink: boolean) => void }) {
  const t = useT();
  return (
    <SegmentedControl
      aria-label={t('admin.how_in')} value={byLink ? 'link' : 'password'} onChange={(chosen) => onChange(chosen === 'link')}
      data={[{ value: 'link', label: t('admin.how_link') }, { value: 'password', label: t('admin.how_password') }]}
    />
  );
}
