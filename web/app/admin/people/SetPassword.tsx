import { PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { put } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useT } from '../../i18n/t';
import { showNote } from '../../ui/toast';
import { FormModal } from '../parts/Page';

/** Sets somebody’s password, which ends their sessions. */
export function SetPassword({ name, at, onClose }: { name: string; at: string; onClose: () => void }) {
  const t = useT();
  const [fresh, setFresh] = useState('');
  const save = useMutation({
    mutationFn: () => put(at, { new: fresh }),
    meta: { quiet: true },
    onSuccess: () => {
      showNote(t('admin.password_set', { name }));
      onClose();
    },
  });
  const error = save.error instanceof ApiError ? save.error : undefined;
  return (
    <FormModal
      title={t('admin.set_password_of', { name })} opened onClose={onClose} onSubmit={() => save.mutate()} submit={t('admin.set_password')}
      busy={save.isPending} error={error?.faults.length ? undefined : error}
    >
      <PasswordInput
        label={t('signin.new')} description={t('admin.password_hint')} value={fresh} autoComplete="new-password" maxLength={200} data-autofocus
        error={error?.fault('new')} onChange={(event) => setFresh(event.currentTarget.value)}
      />
    </FormModal>
  );
}
