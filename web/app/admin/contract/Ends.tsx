// The rest of a contract: outside the hours, dispositions.
import { ActionIcon, Button, Group, Select, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import type { ClosedTerms } from '../../api/types';
import { useT } from '../../i18n/t';
import { Section } from '../parts/Page';
import { TextsField } from '../parts/TextsField';
import { useField } from './faults';
import { changeAt, without, type Edit } from './terms';

/** What happens to contacts outside the hours. */
export function Outside({ terms, set }: Edit) {
  const t = useT();
  const field = useField();
  const { closed } = terms;
  return (
    <Section title={t('admin.outside')} id="section-outside">
      <Select
        label={t('admin.closed_kind')} maw={460} allowDeselect={false} value={closed.kind} {...field('closed')}
        data={(['message', 'wait'] as const).map((kind) => ({ value: kind, label: t(`admin.closed_${kind}`) }))}
        onChange={(kind) => { if (kind) set({ closed: { ...closed, kind: kind as ClosedTerms['kind'] } }); }} // only the two above are offered
      />
      <TextsField label={t('admin.closed_text')} languages={terms.languages} value={closed.text} {...field('closed.text', true)} onChange={(text) => set({ closed: { ...closed, text } })} />
    </Section>
  );
}

/** How contacts may end. */
export function Dispositions({ terms, set }: Edit) {
  const t = useT();
  const field = useField();
  const all = terms.dispositions ?? [];
  return (
    <Section title={t('admin.dispositions')} hint={t('admin.dispositions_hint')} id="section-dispositions">
      {field('dispositions').error && <Text size="xs" c="var(--danger)" role="alert">{field('dispositions').error}</Text>}
      {all.map((one, at) => (
        <Group key={one.id} gap={8} align="flex-start">
          <TextInput
            aria-label={t('admin.disposition_n', { at: String(at + 1) })} w={320} value={one.label} {...field(`dispositions[${at}].label`)}
            onChange={(event) => set({ dispositions: changeAt(all, at, { label: event.currentTarget.value }) })}
          />
          <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('admin.remove_of', { name: one.label })} onClick={() => set({ dispositions: without(all, at) })}><IconTrash size={16} /></ActionIcon>
        </Group>
      ))}
      <div>
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => set({ dispositions: [...all, { id: crypto.randomUUID(), label: '' }] })}>{t('admin.add_disposition')}</Button>
      </div>
    </Section>
  );
}
