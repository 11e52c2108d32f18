import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { get, post } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { DeskClient, Dialled, DialRequest, Id } from '../../api/types';
import { useT } from '../../i18n/t';
import { useCell } from '../../live/store';
import { showError } from '../../ui/toast';
import { dialling } from './usePhone';

/** The client called for last, which is often the next one too. */
const LAST = 'permanence.dial.client';

/** Calls somebody for a client. The call is then a contact at the desk like any other. */
export function Dial({ ready }: { ready: boolean }) {
  const opened = useCell(dialling);
  return opened && <Form ready={ready} onClose={() => dialling.set(false)} />;
}

function Form({ ready, onClose }: { ready: boolean; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const clients = useQuery({ queryKey: ['desk-clients'], queryFn: ({ signal }) => get<DeskClient[]>('/desk/clients', undefined, signal), staleTime: 60_000 });
  const [chosen, setChosen] = useState<Id | null>(() => localStorage.getItem(LAST));
  const [number, setNumber] = useState('');
  const client = clients.data?.find((one) => one.client === chosen)?.client ?? (clients.data?.length === 1 ? clients.data[0]?.client : undefined);
  const dial = useMutation({
    mutationFn: (body: DialRequest) => post<Dialled>('/desk/dial', body),
    meta: { quiet: true },
    onSuccess: ({ contact }, body) => {
      localStorage.setItem(LAST, body.client);
      onClose();
      void navigate({ to: '/desk', search: { contact } });
    },
    onError: (error) => {
      if (!(error instanceof ApiError && error.fault('number'))) showError(error);
    },
  });
  const fault = dial.error instanceof ApiError ? dial.error.fault('number') : undefined;
  const missing = !client || number.trim() === '';
  return (
    <Modal opened onClose={onClose} title={t('call.dial_title')} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (client && !missing && ready && !dial.isPending) dial.mutate({ client, number: number.trim() });
        }}
      >
        <Stack gap="sm">
          <Select
            size="sm" label={t('call.dial_for')} description={t('call.dial_for_text')} searchable allowDeselect={false} disabled={!clients.data?.length}
            placeholder={clients.data?.length === 0 ? t('call.dial_nobody') : undefined} error={clients.error?.message}
            data={(clients.data ?? []).map((one) => ({ value: one.client, label: one.name }))} value={client ?? null} onChange={setChosen}
          />
          <TextInput
            type="tel" size="sm" data-autofocus label={t('call.number')} description={t('call.number_text')} autoComplete="off" maxLength={40} value={number} error={fault}
            onChange={(event) => setNumber(event.currentTarget.value)}
          />
          <Group justify="space-between" gap="xs">
            <span>{ready ? '' : t('call.phone_first')}</span>
            <Button type="submit" size="sm" disabled={missing || !ready} loading={dial.isPending}>{t('call.call_now')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
