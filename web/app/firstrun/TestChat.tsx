import { Alert, Button, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconExternalLink, IconHeadset } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

import { ChecklistPoints } from '../admin/clients/ChecklistPoints';
import type { FirstRunDone } from '../api/types';
import { useT } from '../i18n/t';
import { Snippet } from '../ui/Snippet';
import { StepHead } from './Steps';

/** The end of the first run: desk on one side, a customer's page on the other. */
export function TestChat({ done, client }: { done: FirstRunDone; client: string }) {
  const t = useT();
  return (
    <>
      <StepHead title={t('firstrun.test_title')}>{t('firstrun.test_why')}</StepHead>
      <Group>
        <Button component={Link} to="/desk" size="sm" leftSection={<IconHeadset size={16} />}>{t('firstrun.open_desk')}</Button>
        <Button
          component="a" href={`/demo/${done.client}`} target="_blank" rel="noopener" variant="default" size="sm"
          rightSection={<IconExternalLink size={14} />}
        >
          {t('firstrun.open_test')}<span className="visually-hidden"> ({t('firstrun.new_tab')})</span>
        </Button>
      </Group>
      {done.checklist.ready ? (
        <Alert color="accent" variant="light">{t('firstrun.live', { client })}</Alert>
      ) : (
        <Stack gap={6}>
          <Text fw={600}>{t('firstrun.checklist')}</Text>
          <ChecklistPoints points={done.checklist.points} />
        </Stack>
      )}
      <Stack gap={6}>
        <Text size="sm">{t('firstrun.snippet', { client })}</Text>
        <Snippet>{done.widget.snippet}</Snippet>
        <Group>
          <CopyButton value={done.widget.snippet}>
            {({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? t('firstrun.copied') : t('firstrun.copy')}</Button>}
          </CopyButton>
        </Group>
      </Stack>
    </>
  );
}
