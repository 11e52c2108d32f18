import { Stack, Text, Textarea } from '@mantine/core';

import type { LocalisedTextView } from '../../api/types';
import { languageName } from './names';

/** A text in each language of a client. An empty one is left out. */
export function TextsField({ label, hint, languages, value, rows = 2, error, onChange, id }: {
  label: string; hint?: string | undefined; languages: readonly string[]; value: readonly LocalisedTextView[]; rows?: number;
  error?: string | undefined; onChange: (value: LocalisedTextView[]) => void; id?: string | undefined;
}) {
  // Texts in a language that is no longer among the client's stay until somebody empties them.
  const all = [...new Set([...languages, ...value.map(({ language }) => language)])];
  return (
    <Stack gap={4} role="group" aria-label={label} {...(id ? { id, tabIndex: -1 } : {})}>
      <Text size="xs" fw={500}>{label}</Text>
      {hint && <Text size="xs" c="dimmed">{hint}</Text>}
      {all.map((language) => (
        <Textarea
          key={language} autosize minRows={rows} maxRows={8} lang={language} dir="auto" aria-label={`${label}, ${languageName(language)}`} leftSectionWidth={34}
          leftSection={<Text size="xs" c="dimmed" aria-hidden>{language}</Text>} error={error !== undefined && language === all[0]}
          value={value.find((text) => text.language === language)?.text ?? ''}
          onChange={(event) => {
            const text = event.currentTarget.value;
            const others = value.filter((one) => one.language !== language);
            const next = text === '' ? others : [...others, { language, text }];
            onChange(all.flatMap((code) => next.filter((one) => one.language === code)));
          }}
        />
      ))}
      {error && <Text size="xs" c="var(--danger)" role="alert">{error}</Text>}
    </Stack>
  );
}
