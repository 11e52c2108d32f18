import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

import { ApiError } from '../api/errors';
import { t } from '../i18n/t';

/** Tells what went wrong and what to do next. */
export function showError(error: unknown): void {
  const known = error instanceof ApiError;
  notifications.show({
    id: known ? `${error.code}:${error.message}` : 'odd',
    color: 'danger',
    title: known ? error.message : t('shell.odd_error'),
    message: (
      <>
        {known ? error.next : t('shell.odd_error_next')}
        {known && error.requestId && (
          <Text size="xs" c="dimmed" mt={2}>{t('shell.request_id', { id: error.requestId })}</Text>
        )}
      </>
    ),
    autoClose: 10_000,
    withBorder: true,
    closeButtonProps: { 'aria-label': t('shell.close') },
  });
}

/** Tells something that asks for nothing. */
export function showNote(message: string, title?: string): void {
  notifications.show({
    message, ...(title ? { title } : {}), autoClose: 6000, withBorder: true, closeButtonProps: { 'aria-label': t('shell.close') },
  });
}

/** How long a thing can be taken back. */
export const UNDO_MS = 8000;

/** Tells what has been done, with a way to take it back for eight seconds. Of one topic only the last can be taken back. */
export function showUndo(message: string, undo: () => void, topic?: string): void {
  const id = topic ?? crypto.randomUUID();
  if (topic) notifications.hide(topic);
  notifications.show({
    id,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <span>{message}</span>
        <Button
          variant="light"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {t('shell.undo')}
        </Button>
      </Group>
    ),
    autoClose: UNDO_MS,
    withBorder: true,
    withCloseButton: false,
  });
}
