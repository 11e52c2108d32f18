import { ActionIcon, Button, Group, MultiSelect, Select, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import type { ChannelKind, QueueTerms, SelectionChoice, SkillAskTerms, WrapUpTerms } from '../../api/types';
import { useT } from '../../i18n/t';
import { allSkills, optionsOf } from '../data';
import { Fields, Section } from '../parts/Page';
import { TextsField } from '../parts/TextsField';
import css from './Contract.module.css';
import { useField } from './faults';
import { MaybeWhole, Whole } from './Numbers';
import { changeAt, newQueue, without, type Edit } from './terms';

const CHANNELS: readonly ChannelKind[] = ['voice', 'chat', 'mail', 'message', 'callback'];
const WRAP_UPS = ['none', 'fixed', 'until_done'] as const;

/** The kinds of request of a client. */
export function Queues({ terms, set }: Edit) {
  const t = useT();
  const field = useField();
  const whole = field('queues');
  return (
    <Section title={t('admin.queues')} hint={t('admin.queues_hint')} id="section-queues">
      {whole.error && <Text size="xs" c="var(--danger)" role="alert" id={whole.id} tabIndex={-1}>{whole.error}</Text>}
      {terms.queues.map((queue, at) => (
        <One
          key={queue.id} queue={queue} at={at} languages={terms.languages} onChange={(part) => set({ queues: changeAt(terms.queues, at, part) })}
          onRemove={() => set({ queues: without(terms.queues, at) })}
        />
      ))}
      <div>
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => set({ queues: [...terms.queues, newQueue(t('admin.new_queue'))] })}>{t('admin.add_queue')}</Button>
      </div>
    </Section>
  );
}

function One({ queue, at, languages, onChange, onRemove }: {
  queue: QueueTerms; at: number; languages: readonly string[]; onChange: (part: Partial<QueueTerms>) => void; onRemove: () => void;
}) {
  const t = useT();
  const field = useField();
  const path = `queues[${at}]`;
  const { sticky, wrap_up: wrapUp } = queue;
  const own = field(path).error;
  return (
    <div className={css.item} role="group" aria-label={`${t('admin.queue_n', { at: String(at + 1) })}: ${queue.name}`} id={field(path).id} tabIndex={-1}>
      <div className={css.itemHead}>
        <Text fw={600}>{t('admin.queue_n', { at: String(at + 1) })}</Text>
        <ActionIcon variant="subtle" color="gray" ms="auto" aria-label={t('admin.remove_of', { name: queue.name })} onClick={onRemove}><IconTrash size={16} /></ActionIcon>
      </div>
      {own && <Text size="xs" c="var(--danger)" role="alert">{own}</Text>}
      <Fields>
        <TextInput label={t('admin.name')} value={queue.name} {...field(`${path}.name`)} onChange={(event) => onChange({ name: event.currentTarget.value })} />
        <MultiSelect
          label={t('admin.channels')} data={CHANNELS.map((channel) => ({ value: channel, label: t(`admin.channel_${channel}`) }))} value={queue.channels} {...field(`${path}.channels`, true)}
          onChange={(channels) => onChange({ channels: channels as ChannelKind[] })} // only the channels above are offered
        />
      </Fields>
      <TextsField label={t('admin.greeting')} languages={languages} value={queue.greeting} {...field(`${path}.greeting`, true)} onChange={(greeting) => onChange({ greeting })} />
      <Textarea
        label={t('admin.protocol')} description={t('admin.protocol_hint')} autosize minRows={2} maxRows={12} dir="auto" value={queue.protocol ?? ''} {...field(`${path}.protocol`)}
        onChange={(event) => onChange({ protocol: event.currentTarget.value })}
      />
      <div className={css.sub}>
        <Fields>
          <Select
            label={t('admin.selection')} allowDeselect={false} value={queue.selection} {...field(`${path}.selection`)}
            data={(['longest_idle', 'proficiency_first'] as const).map((choice) => ({ value: choice, label: t(`admin.selection_${choice}`) }))}
            onChange={(selection) => { if (selection) onChange({ selection: selection as SelectionChoice }); }} // only the two above are offered
          />
          <Whole label={t('admin.offer_timeout')} suffix={` ${t('admin.seconds')}`} value={queue.offer_timeout_s} {...field(`${path}.offer_timeout_s`)} onChange={(offer_timeout_s) => onChange({ offer_timeout_s })} />
          <Whole label={t('admin.head_start')} description={t('admin.head_start_hint')} suffix={` ${t('admin.minutes_short')}`} value={queue.head_start_min ?? 0} {...field(`${path}.head_start_min`)} onChange={(head_start_min) => onChange({ head_start_min })} />
          <Whole label={t('admin.waiting_max')} value={queue.waiting_max} {...field(`${path}.waiting_max`)} onChange={(waiting_max) => onChange({ waiting_max })} />
        </Fields>
        <Switch label={t('admin.language_required')} checked={queue.language_required} onChange={(event) => onChange({ language_required: event.currentTarget.checked })} />
        <Switch label={t('admin.announce')} description={t('admin.announce_hint')} checked={queue.announce_position ?? false} onChange={(event) => onChange({ announce_position: event.currentTarget.checked })} />
        <Group gap="md" align="flex-end">
          <Switch label={t('admin.sticky')} checked={Boolean(sticky)} onChange={(event) => onChange({ sticky: event.currentTarget.checked ? { within_hours: 24, wait_s: 20 } : null })} />
          {sticky && (
            <>
              <Whole label={t('admin.sticky_within')} w={150} suffix={` ${t('admin.hours_short')}`} value={sticky.within_hours} {...field(`${path}.sticky.within_hours`)} onChange={(within_hours) => onChange({ sticky: { ...sticky, within_hours } })} />
              <Whole label={t('admin.sticky_wait')} w={150} suffix={` ${t('admin.seconds')}`} value={sticky.wait_s} {...field(`${path}.sticky.wait_s`)} onChange={(wait_s) => onChange({ sticky: { ...sticky, wait_s } })} />
            </>
          )}
        </Group>
      </div>
      <div className={css.sub}>
        <Group gap="md" align="flex-end">
          <Select
            label={t('admin.wrap_up')} w={220} allowDeselect={false} value={wrapUp.kind} {...field(`${path}.wrap_up`)} data={WRAP_UPS.map((kind) => ({ value: kind, label: t(`admin.wrap_up_${kind}`) }))}
            onChange={(kind) => onChange({ wrap_up: kind === 'fixed' ? { kind, seconds: 30, extend_s: 30, extensions_max: 2 } : ({ kind } as WrapUpTerms) })} // the other kinds carry nothing
          />
          {wrapUp.kind === 'fixed' && (
            <>
              <Whole label={t('admin.wrap_up_seconds')} w={110} suffix={` ${t('admin.seconds')}`} value={wrapUp.seconds} {...field(`${path}.wrap_up.seconds`)} onChange={(seconds) => onChange({ wrap_up: { ...wrapUp, seconds } })} />
              <Whole label={t('admin.wrap_up_extend')} w={130} suffix={` ${t('admin.seconds')}`} value={wrapUp.extend_s} {...field(`${path}.wrap_up.extend_s`)} onChange={(extend_s) => onChange({ wrap_up: { ...wrapUp, extend_s } })} />
              <Whole label={t('admin.wrap_up_extensions')} w={110} value={wrapUp.extensions_max} {...field(`${path}.wrap_up.extensions_max`)} onChange={(extensions_max) => onChange({ wrap_up: { ...wrapUp, extensions_max } })} />
            </>
          )}
        </Group>
      </div>
      <Skills asks={queue.skills ?? []} path={`${path}.skills`} onChange={(skills) => onChange({ skills })} />
    </div>
  );
}

function Skills({ asks, path, onChange }: { asks: SkillAskTerms[]; path: string; onChange: (asks: SkillAskTerms[]) => void }) {
  const t = useT();
  const field = useField();
  const skills = useQuery(allSkills);
  const set = (at: number, part: Partial<SkillAskTerms>) => onChange(changeAt(asks, at, part));
  return (
    <div className={css.sub} role="group" aria-label={t('admin.skills_asked')}>
      <Text size="xs" fw={500}>{t('admin.skills_asked')}</Text>
      {asks.map((ask, at) => (
        // oxlint-disable-next-line react/no-array-index-key
        <Group key={at} gap={8} align="flex-end">
          <Select label={t('admin.skill')} w={200} data={optionsOf(skills.data)} value={ask.skill || null} allowDeselect={false} {...field(`${path}[${at}].skill`)} onChange={(skill) => { if (skill) set(at, { skill }); }} />
          <Whole label={t('admin.level_least')} w={110} value={ask.level} {...field(`${path}[${at}].level`)} onChange={(level) => set(at, { level })} />
          <MaybeWhole
            label={t('admin.relax_after')} w={150} placeholder={t('admin.relax_after_hint')} suffix={` ${t('admin.seconds')}`} value={ask.relax_after_s} {...field(`${path}[${at}].relax_after_s`)}
            onChange={(relax_after_s) => set(at, { relax_after_s, ...(relax_after_s === null ? { relaxed_level: 0 } : {}) })}
          />
          {typeof ask.relax_after_s === 'number' && (
            <Whole label={t('admin.relaxed_level')} w={110} value={ask.relaxed_level ?? 0} {...field(`${path}[${at}].relaxed_level`)} onChange={(relaxed_level) => set(at, { relaxed_level })} />
          )}
          <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('admin.remove_line', { at: String(at + 1) })} onClick={() => onChange(without(asks, at))}><IconTrash size={16} /></ActionIcon>
        </Group>
      ))}
      <div><Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => onChange([...asks, { skill: '', level: 5, relax_after_s: null, relaxed_level: 0 }])}>{t('admin.add_skill')}</Button></div>
    </div>
  );
}
