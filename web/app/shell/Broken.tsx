import { Button } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';

import { ApiError } from '../api/errors';
import { useT } from '../i18n/t';
import { Empty } from '../ui/Empty';

/** A screen could not be shown: what happened, and a way to try again. */
export function Broken({ error, reset }: ErrorComponentProps) {
  const t = useT();
  const known = error instanceof ApiError ? error : undefined;
  return (
    <main style={{ height: '100%' }} role="alert">
      <Empty
        title={known?.message ?? t('shell.odd_error')}
        action={
          <Button
            onClick={() => {
              reset();
              location.reload();
            }}
          >
            {t('shell.again')}
          </Button>
        }
      >
        {known?.next ?? t('shell.odd_error_next')}
      </Empty>
    </main>
  );
}
