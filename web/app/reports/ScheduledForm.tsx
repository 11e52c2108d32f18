// The window in which a scheduled report is set up or changed.
import { NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { faultAt } from '../admin/parts/faults';
import { DAYS } from '../admin/parts/hours';
import { dayName, ownZone, zoneOptions } from '../admin/parts/names';
import { faultsOf, FormModal } from '../admin/parts/Page';
import { post, put } from '../api/client';
import { useMe } from '../api/session';
import type { ChannelKind, Id, MailingTerms, MailingView, ReportGroup, ReportLength } from '../api/types';
import { currentLocale, LOCALES, useT } from '../i18n/t';
import css from './Scheduled.module.css';
import { useClients } from './useClients';

const GROUPS = ['client', 'queue', 'channel', 'agent'] as const satisfies readonly ReportGroup[];
const LENGTHS = ['quarter', 'hour', 'day'] as const satisfies readonly ReportLength[];
const CHANNELS = ['voice', 'chat', 'mail', 'message', 'callback'] as const satisfies readonly ChannelKind[];
const RHYTHMS = ['daily', 'weekly', 'monthly'] as const;

type Rhythm = MailingTerms['rhythm'];
const rhythmOf = (kind: (typeof RHYTHMS)[number]): Rhythm => (kind === 'daily' ? { kind } : kind === 'weekly' ? { kind, day: 'monday' } : { kind, day: 1 });

const fresh = (zone: string): MailingTerms => ({
  name: '', report: { kind: 'figures', group: 'queue', length: 'day' }, format: 'xlsx', rhythm: { kind: 'weekly', day: 'monday' }, at: '07:00', zone,
  language: currentLocale(), recipients: [], as_client: true, on: true,
});

export function Form({ at, mailing, onClose, onSaved }: { at: string; mailing: MailingView | undefined; onClose: () => void; onSaved: (saved: MailingView) => void }) {
  const t = useT();
  const me = useMe();
  const clients = useClients();
  const [client, setClient] = useState<Id | null>(mailing?.client ?? null);
  const [form, setForm] = useState<MailingTerms>(mailing ?? fresh(me.client?.zone ?? ownZone()));
  const set = (part: Partial<MailingTerms>): void => setForm({ ...form, ...part });
  const { report, rhythm } = form;
  const save = useMutation({
    mutationFn: () =>
      mailing ? put<MailingView>(`${at}/${mailing.id}`, { ...form, version: mailing.version }) : post<MailingView>(at, me.client ? form : { ...form, client }),
    meta: { quiet: true },
    onSuccess: onSaved,
  });
  const faults = faultsOf(save.error);
  const zone = (id: Id | null): string => clients.find((one) => one.id === id)?.zone ?? form.zone;
  return (
    <FormModal
      title={mailing ? t('scheduled.edit', { name: mailing.name }) : t('scheduled.new')} opened onClose={onClose} onSubmit={() => save.mutate()}
      submit={t(mailing ? 'scheduled.save' : 'scheduled.create')} busy={save.isPending} error={faults.length > 0 ? undefined : save.error}
    >
      <TextInput
        label={t('scheduled.name')} description={t('scheduled.name_hint')} value={form.name} maxLength={80} data-autofocus error={faultAt(faults, 'name')}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      {!me.client && (
        <Select
          label={t('scheduled.whose')} placeholder={t('scheduled.all_clients')} searchable clearable disabled={mailing !== undefined} value={client} error={faultAt(faults, 'client')}
          data={clients.map(({ id, name }) => ({ value: id, label: name }))} nothingFoundMessage={t('shell.nothing_found')}
          onChange={(id) => {
            setClient(id);
            set({ zone: zone(id) });
          }}
        />
      )}
      <div className={css.two}>
        <Select
          label={t('scheduled.what')} allowDeselect={false} value={report.kind} data={(['figures', 'contacts'] as const).map((value) => ({ value, label: t(`scheduled.${value}`) }))}
          onChange={(kind) => set({ report: kind === 'contacts' ? { kind } : { kind: 'figures', group: 'queue', length: 'day' } })}
        />
        <Select
          label={t('reports.channel')} clearable placeholder={t('reports.any_channel')} value={report.channel ?? null} data={CHANNELS.map((value) => ({ value, label: t(`desk.channel_${value}`) }))}
          onChange={(channel) => set({ report: { ...report, channel: CHANNELS.find((one) => one === channel) ?? null } })}
        />
        {report.kind === 'figures' && (
          <>
            <Select
              label={t('scheduled.rows')} allowDeselect={false} value={report.group} data={GROUPS.map((value) => ({ value, label: t(`reports.by_${value}`) }))}
              onChange={(group) => set({ report: { ...report, group: GROUPS.find((one) => one === group) ?? report.group } })}
            />
            <Select
              label={t('scheduled.length')} allowDeselect={false} value={report.length} data={LENGTHS.map((value) => ({ value, label: t(`scheduled.length_${value}`) }))}
              onChange={(length) => set({ report: { ...report, length: LENGTHS.find((one) => one === length) ?? report.length } })}
            />
          </>
        )}
        <Select
          label={t('scheduled.format')} allowDeselect={false} value={form.format} data={(['xlsx', 'csv'] as const).map((value) => ({ value, label: t(`scheduled.format_${value}`) }))}
          onChange={(format) => set({ format: format === 'csv' ? 'csv' : 'xlsx' })}
        />
        <Select
          label={t('scheduled.language')} allowDeselect={false} value={form.language} data={LOCALES.map(({ code, name }) => ({ value: code, label: name }))} error={faultAt(faults, 'language')}
          onChange={(language) => { if (language) set({ language }); }}
        />
        <Select
          label={t('scheduled.often')} allowDeselect={false} value={rhythm.kind} data={RHYTHMS.map((value) => ({ value, label: t(`scheduled.${value}`) }))}
          onChange={(kind) => set({ rhythm: rhythmOf(RHYTHMS.find((one) => one === kind) ?? 'daily') })}
        />
        {rhythm.kind === 'weekly' && (
          <Select
            label={t('scheduled.weekday')} allowDeselect={false} value={rhythm.day} data={DAYS.map((value) => ({ value, label: dayName(value) }))}
            onChange={(day) => set({ rhythm: { kind: 'weekly', day: DAYS.find((one) => one === day) ?? rhythm.day } })}
          />
        )}
        {rhythm.kind === 'monthly' && (
          <NumberInput
            label={t('scheduled.month_day')} min={1} max={28} allowDecimal={false} value={rhythm.day} error={faultAt(faults, 'rhythm.day')}
            onChange={(day) => set({ rhythm: { kind: 'monthly', day: Number(day) || 1 } })}
          />
        )}
        <TextInput type="time" label={t('scheduled.at')} value={form.at} error={faultAt(faults, 'at')} onChange={(event) => set({ at: event.currentTarget.value })} />
        <Select
          label={t('scheduled.zone')} searchable allowDeselect={false} value={form.zone} data={zoneOptions(form.zone)} error={faultAt(faults, 'zone')} nothingFoundMessage={t('shell.nothing_found')}
          onChange={(chosen) => { if (chosen) set({ zone: chosen }); }}
        />
      </div>
      <TagsInput
        label={t('scheduled.to')} description={t('scheduled.to_hint')} placeholder={form.recipients.length === 0 ? t('scheduled.to_placeholder') : ''} value={form.recipients} maxTags={10}
        splitChars={[',', ';', ' ']} acceptValueOnBlur error={faultAt(faults, 'recipients')} inputMode="email" onChange={(recipients) => set({ recipients })}
      />
      {!me.client && client && <Switch label={t('scheduled.as_client')} checked={form.as_client ?? false} onChange={(event) => set({ as_client: event.currentTarget.checked })} />}
      <Switch label={t('scheduled.on')} checked={form.on} onChange={(event) => set({ on: event.currentTarget.checked })} />
    </FormModal>
  );
}
