import { Button, Group, Kbd, Modal, Table, Text } from '@mantine/core';
import { useEffect, useState } from 'react';

import { useMe } from '../api/session';
import { useT, type Key } from '../i18n/t';
import { ACTIONS, chooseBindings, clashOf, keyLabel, USUAL, useBindings, type Action, type Clash } from './bindings';
import { nameOf } from './keys';

/** Keys that stay what they are. */
const FIXED = [['Enter', 'send'], ['Shift Enter', 'line'], ['Ctrl K', 'search'], ['?', 'keys']] as const;
/** Keys that are only held while another is pressed. */
const HELD = /^(Control|Shift|Alt|Meta)/;

/** The keys of the desk, each to be changed by pressing another. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const t = useT();
  const { user } = useMe();
  const bindings = useBindings();
  const [asking, setAsking] = useState<Action>();
  const [clash, setClash] = useState<{ key: string; why: Clash }>();
  const changed = ACTIONS.some((action) => bindings[action] !== USUAL[action]);

  // The next key is for the action in question and for nothing else on the page.
  useEffect(() => {
    if (!asking) return;
    const press = (event: KeyboardEvent): void => {
      if (HELD.test(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Escape') return setAsking(undefined);
      const key = nameOf(event);
      const why = clashOf(bindings, asking, key);
      if (why) return setClash({ key, why });
      chooseBindings(user, { ...bindings, [asking]: key });
      setAsking(undefined);
    };
    window.addEventListener('keydown', press, { capture: true });
    return () => window.removeEventListener('keydown', press, { capture: true });
  }, [asking, bindings, user]);

  const words = (action: Action): string => t(`desk.key_${action}` satisfies Key);
  const ask = (action: Action | undefined): void => {
    setClash(undefined);
    setAsking(action);
  };
  return (
    <Modal opened onClose={onClose} title={t('desk.keys')} closeOnEscape={!asking} closeButtonProps={{ 'aria-label': t('shell.close') }} size="lg">
      <Text size="sm" c="var(--text-2)" mb="xs">{t('desk.keys_why')}</Text>
      <Table verticalSpacing={3}>
        <Table.Tbody>
          {ACTIONS.map((action) => (
            <Table.Tr key={action}>
              <Table.Td w={150}>{asking === action ? <Text size="sm" fw={550}>{t('desk.key_press')}</Text> : <Kbd>{keyLabel(bindings[action])}</Kbd>}</Table.Td>
              <Table.Td>
                {words(action)}
                {asking === action && clash && (
                  <Text size="sm" c="danger" role="alert">
                    {clash.why.kind === 'has'
                      ? t('desk.key_has', { key: keyLabel(clash.key), what: words(clash.why.action) })
                      : t('desk.key_not_free', { key: keyLabel(clash.key) })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td w={120} ta="right">
                <Button
                  size="compact-sm" variant={asking === action ? 'default' : 'subtle'} aria-label={asking === action ? undefined : t('desk.key_change_of', { what: words(action) })}
                  onClick={() => ask(asking === action ? undefined : action)}
                >
                  {asking === action ? t('shell.cancel') : t('desk.key_change')}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
          {FIXED.map(([key, what]) => (
            <Table.Tr key={key}>
              <Table.Td><Kbd>{key}</Kbd></Table.Td>
              <Table.Td>{t(`desk.key_${what}`)}</Table.Td>
              <Table.Td />
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group justify="flex-end" mt="md">
        <Button
          variant="default" disabled={!changed} title={changed ? undefined : t('desk.keys_are_usual')}
          onClick={() => {
            ask(undefined);
            chooseBindings(user, USUAL);
          }}
        >
          {t('desk.keys_reset')}
        </Button>
      </Group>
    </Modal>
  );
}
