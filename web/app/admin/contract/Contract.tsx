import { Button, Group, Modal, Popover, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { path, post, put, request } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { ContractDraft, ContractTerms, ContractVerdict, ContractView, FaultView } from '../../api/types';
import { sayFault } from '../../i18n/said';
import { needFace, useT } from '../../i18n/t';
import { queries } from '../../queries';
import { showNote } from '../../ui/toast';
import { changed, draft as draftOf, tellChanged } from '../data';
import { plain } from '../parts/faults';
import { Confirm, Refusal, Waiting } from '../parts/Page';
import { Basics } from './Basics';
import css from './Contract.module.css';
import { Dispositions, Outside } from './Ends';
import { Faults, goTo } from './faults';
import { Periods } from './Periods';
import { Queues } from './Queues';
import { Tariff } from './tariff/Tariff';
import { instantIn } from './zone';

await needFace('billing');

/** The sections in order, with the fields that belong to each. */
const SECTIONS = [
  { key: 'basics', fields: ['zone', 'hours', 'languages', 'sites_allowed', 'retention_days', 'pause_max_s'] },
  { key: 'periods', fields: ['periods'] },
  { key: 'queues', fields: ['queues'] },
  { key: 'outside', fields: ['closed'] },
  { key: 'dispositions', fields: ['dispositions'] },
  { key: 'tariff', fields: ['tariff'] },
] as const;

const belongs = (fault: FaultView, fields: readonly string[]) => fields.includes(plain(fault.field).split(/[.[]/)[0] ?? '');

/** Terms that somebody wrote and has not saved, by client: another screen in between does not lose them. */
const unsaved = new Map<string, ContractTerms>();

/** The contract's editor: a draft, checked while it is written, published when it has no fault. */
export default function Contract() {
  const { client } = useParams({ strict: false }) as { client: string };
  const draft = useQuery(draftOf(client));
  const [round, setRound] = useState(0);
  if (!draft.data) return <Waiting error={draft.error} retry={() => void draft.refetch()} />;
  const begin = async () => {
    unsaved.delete(client);
    await draft.refetch();
    setRound(round + 1);
  };
  return <Editor key={`${client}${round}`} client={client} draft={draft.data} onBegin={begin} />;
}

function Editor({ client, draft, onBegin }: { client: string; draft: ContractDraft; onBegin: () => Promise<void> }) {
  const t = useT();
  const [terms, setTerms] = useState<ContractTerms>(() => unsaved.get(client) ?? draft.terms);
  const [version, setVersion] = useState(draft.version);
  const [clean, setClean] = useState(draft.terms);
  const [publishing, setPublishing] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  const [settled] = useDebouncedValue(terms, 400);
  const verdict = useQuery({
    queryKey: ['verdict', client, settled],
    queryFn: () => post<ContractVerdict>(path`/clients/${client}/contracts/validate`, { terms: settled }),
    placeholderData: (before) => before,
    gcTime: 0,
    meta: { quiet: true },
  });
  const save = useMutation({
    mutationFn: () => put<ContractDraft>(path`/clients/${client}/contract-draft`, { version, terms }),
    meta: { quiet: true },
    onSuccess: (saved) => {
      setVersion(saved.version);
      setClean(terms);
      unsaved.delete(client);
      queries.setQueryData(draftOf(client).queryKey, { ...saved, terms });
      showNote(t('admin.draft_saved'));
    },
  });
  const discard = useMutation({ mutationFn: () => request('DELETE', path`/clients/${client}/contract-draft`), onSuccess: onBegin });

  const faults = (verdict.data?.faults ?? draft.faults).map(sayFault);
  const set = (part: Partial<ContractTerms>) =>
    setTerms((before) => {
      const next = { ...before, ...part };
      unsaved.set(client, next);
      return next;
    });
  const edit = { terms, set };
  const checking = verdict.isFetching || settled !== terms;

  return (
    <Faults.Provider value={faults}>
      <Text c="var(--text-2)">
        <strong>{draft.based_on ? t('admin.draft_of', { version: String(draft.based_on) }) : t('admin.draft_new')}.</strong> {t('admin.draft_why')}
      </Text>
      <Refusal error={save.error} reload={() => void onBegin()} />
      <div className={css.layout}>
        <div className={css.sections}>
          <Basics {...edit} />
          <Periods {...edit} />
          <Queues {...edit} />
          <Outside {...edit} />
          <Dispositions {...edit} />
          <Tariff {...edit} />
        </div>
        <nav className={css.contents} aria-label={t('admin.contents')}>
          <ul>
            {SECTIONS.map(({ key, fields }) => {
              const count = faults.filter((fault) => belongs(fault, fields)).length;
              return (
                <li key={key}>
                  <button type="button" onClick={() => document.getElementById(`section-${key}`)?.scrollIntoView({ block: 'start' })}>
                    {t(`admin.${key}`)}
                    {count > 0 && <span className={css.count} aria-label={t('admin.faults', { count })}>{count}</span>}
                  </button>
                </li>
              );
            })}
          </ul>
        </nav>
      </div>
      <div className={css.bar}>
        <Verdict faults={faults} checking={checking} />
        {terms !== clean && <Text size="xs" c="dimmed">{t('admin.draft_unsaved')}</Text>}
        {version > 0 && <Button variant="subtle" color="gray" onClick={() => setDiscarding(true)}>{t('admin.draft_discard')}</Button>}
        <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>{t('admin.draft_save')}</Button>
        <Button
          aria-disabled={faults.length > 0} data-disabled={faults.length > 0 || undefined} title={faults.length > 0 ? t('admin.publish_blocked') : undefined}
          onClick={() => {
            const first = faults[0];
            if (first) goTo(first.field);
            else setPublishing(true);
          }}
        >
          {t('admin.publish')}
        </Button>
      </div>
      {publishing && <Publish client={client} terms={terms} basedOn={draft.based_on ?? 0} onClose={() => setPublishing(false)} />}
      <Confirm
        title={t('admin.draft_discard')} why={t('admin.draft_discard_why')} act={t('admin.draft_discard')} opened={discarding} onClose={() => setDiscarding(false)}
        onAct={() => discard.mutate()} busy={discard.isPending}
      />
    </Faults.Provider>
  );
}

function Verdict({ faults, checking }: { faults: readonly FaultView[]; checking: boolean }) {
  const t = useT();
  const [opened, setOpened] = useState(false);
  if (faults.length === 0) {
    return (
      <Group gap={6} role="status" c="var(--good)">
        <IconCircleCheck size={16} aria-hidden />
        {checking ? t('admin.faults_checking') : t('admin.faults_none')}
      </Group>
    );
  }
  return (
    <Group gap={8}>
      <Popover opened={opened} onChange={setOpened} position="top-start" width={460} withArrow shadow="md" trapFocus returnFocus>
        <Popover.Target>
          <Button variant="light" color="danger" leftSection={<IconAlertTriangle size={14} aria-hidden />} aria-expanded={opened} onClick={() => setOpened(!opened)}>
            {t('admin.faults', { count: faults.length })}
          </Button>
        </Popover.Target>
        <Popover.Dropdown p={6} aria-label={t('admin.faults_title')}>
          <ul className={css.faults}>
            {faults.map((fault) => (
              <li key={`${fault.field}${fault.code}`}>
                <button
                  type="button"
                  onClick={() => {
                    setOpened(false);
                    // The window gives the focus back when it closes; the field takes it after that.
                    setTimeout(() => goTo(fault.field), 0);
                  }}
                >
                  {fault.message} {fault.next}
                  <small>{plain(fault.field)}</small>
                </button>
              </li>
            ))}
          </ul>
        </Popover.Dropdown>
      </Popover>
      <span className="visually-hidden" role="status">{t('admin.faults', { count: faults.length })}</span>
    </Group>
  );
}

function Publish({ client, terms, basedOn, onClose }: { client: string; terms: ContractTerms; basedOn: number; onClose: () => void }) {
  const t = useT();
  const navigate = useNavigate();
  const [later, setLater] = useState(false);
  const [date, setDate] = useState('');
  const [note, setNote] = useState('');
  const publish = useMutation({
    mutationFn: () =>
      post<ContractView>(path`/clients/${client}/contracts`, {
        based_on: basedOn, valid_from: later ? instantIn(date, terms.zone) : null, note, terms,
      }),
    meta: { quiet: true },
    onSuccess: async ({ version }) => {
      unsaved.delete(client);
      queries.removeQueries({ queryKey: draftOf(client).queryKey });
      tellChanged(t('admin.published', { version: String(version) }), 'contract', client, 'clients', 'calendars');
      await navigate({ to: '/admin/clients/$client/history' as '/', params: { client } as never });
    },
  });
  const error = publish.error instanceof ApiError ? publish.error : undefined;
  return (
    <Modal opened onClose={onClose} title={t('admin.publish_title')} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate();
        }}
      >
        <Stack gap="md">
          {error && !error.fault('valid_from') && <Refusal error={error} reload={() => changed('clients')} />}
          <Radio.Group label={t('admin.publish_from')} value={later ? 'later' : 'now'} onChange={(value) => setLater(value === 'later')}>
            <Group mt={4}><Radio value="now" label={t('admin.publish_now')} /><Radio value="later" label={t('admin.publish_later')} /></Group>
          </Radio.Group>
          {later && (
            <TextInput
              type="datetime-local" label={t('admin.publish_date', { zone: terms.zone })} value={date} error={error?.fault('valid_from')} required withAsterisk={false}
              onChange={(event) => setDate(event.currentTarget.value)}
            />
          )}
          <Textarea label={t('admin.publish_note')} description={t('admin.publish_note_hint')} value={note} autosize minRows={2} data-autofocus onChange={(event) => setNote(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('admin.cancel')}</Button>
            <Button type="submit" loading={publish.isPending} disabled={later && date === ''}>{t('admin.publish_act')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
