import { Button, Group, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCheck, IconRocket } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import { path, post, put } from '../../api/client';
import { ApiError } from '../../api/errors';
import { useMe } from '../../api/session';
import type { FlowCheck, FlowView } from '../../api/types';
import { formatDateTime, useT } from '../../i18n/t';
import { showNote } from '../../ui/toast';
import { Refusal, Section, Table } from '../parts/Page';
import { State } from './Flows';
import css from './Sounds.module.css';

/** So long after the last key the text is checked. */
const CHECK_AFTER_MS = 400;

/** The text of a flow with its faults beside it, its steps, and what was published before. */
export function FlowEditor({ client, kept, onKept, reload }: { client: string; kept: FlowView; onKept: (saved: FlowView) => void; reload: () => void }) {
  const t = useT();
  const { role } = useMe();
  const may = role === 'administrator' || role === 'account_manager';
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(kept.text);
  const [asked] = useDebouncedValue(text, CHECK_AFTER_MS);
  const check = useQuery({
    queryKey: ['flow check', client, asked],
    queryFn: () => post<FlowCheck>(path`/clients/${client}/flows/check`, { text: asked }),
    placeholderData: keepPreviousData,
    initialData: asked === kept.text ? kept.check : undefined,
    meta: { quiet: true },
  });
  const save = useMutation({
    mutationFn: () => put<FlowView>(path`/clients/${client}/flows/${kept.name}`, { text, version: kept.version }),
    meta: { quiet: true },
    onSuccess: (saved) => {
      showNote(t('admin.saved_of', { name: saved.name }));
      onKept(saved);
    },
  });
  const publish = useMutation({
    mutationFn: async () => {
      const saved = text === kept.text ? kept : await put<FlowView>(path`/clients/${client}/flows/${kept.name}`, { text, version: kept.version });
      return post<FlowView>(path`/clients/${client}/flows/${kept.name}/publish`, { version: saved.version });
    },
    meta: { quiet: true },
    onSuccess: (saved) => {
      showNote(t('admin.flow_published_note', { name: saved.name, version: String(saved.published ?? 0) }));
      onKept(saved);
    },
  });
  const faults = check.data?.faults ?? [];
  const faulty = new Map(faults.map((fault) => [fault.line, `${fault.message} ${fault.next}`]));
  const lines = text.split('\n');
  const fresh = asked === text && !check.isPlaceholderData;
  const error = save.error ?? publish.error;
  const goTo = (line: number): void => {
    const element = area.current;
    if (!element || line < 1) return;
    const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    element.focus();
    element.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
    element.closest(`.${css.editor ?? ''}`)?.querySelectorAll('span')[line - 1]?.scrollIntoView({ block: 'center' });
  };
  const same = text === kept.text;
  return (
    <>
      <Group gap="sm" justify="space-between">
        <Text><strong>{kept.name}</strong> · <State row={kept} /></Text>
        <Group gap="xs">
          <Button variant="default" disabled={!may || same} title={may ? undefined : t('admin.owners_only')} loading={save.isPending} onClick={() => save.mutate()}>{t('admin.flow_save')}</Button>
          <Button
            leftSection={<IconRocket size={14} />} disabled={!may || faults.length > 0 || !fresh || (same && !kept.has_draft)} loading={publish.isPending}
            title={may ? (faults.length > 0 ? t('admin.flow_has_faults', { count: faults.length }) : undefined) : t('admin.owners_only')} onClick={() => publish.mutate()}
          >
            {t('admin.flow_publish')}
          </Button>
        </Group>
      </Group>
      {error instanceof ApiError && <Refusal error={error} reload={reload} />}
      <div className={css.flow}>
        <div className={css.editor}>
          <div className={css.lines} aria-hidden>
            {lines.map((_, i) => <span key={i} data-fault={faulty.has(i + 1) || undefined} title={faulty.get(i + 1)}>{i + 1}</span>)}
          </div>
          <textarea
            ref={area} className={css.text} aria-label={t('admin.flow_text')} aria-describedby="flow-faults" aria-invalid={faults.length > 0} spellCheck={false} wrap="off"
            rows={lines.length + 1} value={text} readOnly={!may} onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 's' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                if (may && !same && !save.isPending) save.mutate();
              }
            }}
          />
        </div>
        <div className={css.faults} id="flow-faults" role="region" aria-live="polite" aria-label={t('admin.flow_faults')} aria-busy={!fresh}>
          {faults.length === 0 ? (
            <div className={css.whole}><IconCheck size={14} aria-hidden color="var(--good)" /> {t('admin.flow_whole')}</div>
          ) : (
            <Text size="sm" fw={600} c="var(--danger)">{t('admin.flow_has_faults', { count: faults.length })}</Text>
          )}
          {faults.map((fault, i) => (
            <button key={`${i} ${fault.line} ${fault.code}`} type="button" className={css.fault} onClick={() => goTo(fault.line)}>
              {fault.message}
              <span>{fault.next}</span>
            </button>
          ))}
          {faults.length === 0 && (
            <ul className={css.steps} aria-label={t('admin.flow_steps')}>
              {(check.data?.steps ?? []).map((step) => (
                <li key={step.name}>
                  <code>{step.name}</code> · {step.kind}
                  <small>{(check.data?.ways ?? []).filter(({ from }) => from === step.name).map(({ on, to }) => `${on} → ${to}`).join(', ')}</small>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
      {kept.versions.length > 0 && (
        <Section title={t('admin.flow_history')}>
          <Table label={t('admin.flow_history')} columns={[t('admin.version'), t('admin.author'), t('admin.actions')]}>
            {kept.versions.map((version) => (
              <tr key={version.number}>
                <td className="num">{version.number}{version.number === kept.published && <Text span c="var(--good)"> · {t('admin.in_force')}</Text>}</td>
                <td>{version.author}, {formatDateTime(version.at)}</td>
                <td>
                  <Button variant="subtle" disabled={text === version.text} onClick={() => setText(version.text)}>{t('admin.flow_take')}</Button>
                </td>
              </tr>
            ))}
          </Table>
        </Section>
      )}
    </>
  );
}
