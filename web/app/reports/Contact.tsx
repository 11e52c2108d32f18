import { useQuery } from '@tanstack/react-query';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';

import { Message } from '../agent/Messages';
import { api } from '../api/client';
import { sayEntry } from '../i18n/said';
import { formatDateTime, formatSeconds, formatSpan, useT } from '../i18n/t';
import { decisionWords } from '../supervisor/why';
import { ChannelIcon } from '../ui/ChannelIcon';
import { Empty } from '../ui/Empty';
import { CallRecord } from './CallRecord';
import css from './Contact.module.css';
import { ContactStateWord } from './ContactStateWord';

/** One contact's whole way: what happened, why it was offered to whom, and what was written. */
export default function Contact() {
  const t = useT();
  const { contact } = useParams({ from: '/frame/contacts/$contact' });
  const { data, error } = useQuery({
    queryKey: ['contact', contact],
    queryFn: async ({ signal }) => (await api.GET('/api/v1/contacts/{contact}', { params: { path: { contact } }, signal })).data,
  });
  if (error) return <Empty title={error.message} action={<Link to="/contacts" search={{}}>{t('reports.back')}</Link>} />;
  if (!data) return <Empty title={t('shell.loading')} />;
  const { line, zone } = data;
  return (
    <div className={css.page}>
      <header className={css.head}>
        <Link to="/contacts" search={{}} className={css.back}><IconArrowLeft size={15} aria-hidden /> {t('shell.face_contacts')}</Link>
        <h1><ChannelIcon channel={line.channel} size={18} /> {line.customer || t('reports.unknown')} <span className={css.of}>· {line.client_name}</span></h1>
        <ContactStateWord state={line.state} />
        <span className={css.zone}>{t('reports.zone', { zone })}</span>
      </header>
      <dl className={css.facts}>
        <div><dt>{t('reports.arrived')}</dt><dd>{formatDateTime(line.arrived, zone)}</dd></div>
        <div><dt>{t('reports.queue')}</dt><dd>{line.queue_name}</dd></div>
        <div><dt>{t('reports.waited')}</dt><dd className="num">{typeof line.wait_ms === 'number' ? formatSpan(line.wait_ms) : '–'}</dd></div>
        <div><dt>{t('reports.agents')}</dt><dd>{line.agents.join(', ') || '–'}</dd></div>
        <div><dt>{t('reports.disposition')}</dt><dd>{line.disposition ?? '–'}</dd></div>
      </dl>
      {data.call && <CallRecord call={data.call} zone={zone} />}
      <div className={css.columns}>
        <section className={css.box} aria-labelledby="timeline">
          <h2 id="timeline">{t('reports.timeline')}</h2>
          <ol className={css.timeline}>
            {data.timeline.map((entry) => (
              <li key={`${entry.at} ${entry.event} ${entry.agent ?? ''}`} data-event={entry.event}>
                <time dateTime={entry.at} className="num">{formatSeconds(entry.at, zone)}</time>
                <span>{sayEntry(entry)}</span>
              </li>
            ))}
          </ol>
          {data.decisions.length > 0 && (
            <>
              <h2>{t('reports.decisions')}</h2>
              <ol className={css.timeline}>
                {data.decisions.map((decision) => (
                  <li key={`${decision.at} ${decision.agent}`}>
                    <time dateTime={decision.at} className="num">{formatSeconds(decision.at, zone)}</time>
                    <span>{decisionWords(decision)} {decision.outcome && <em>{t(`board.outcome_${decision.outcome}`)}</em>}</span>
                  </li>
                ))}
              </ol>
            </>
          )}
          {data.notes.length > 0 && (
            <>
              <h2>{t('reports.notes')}</h2>
              {data.notes.map((note) => <p key={note} className={css.note}>{note}</p>)}
            </>
          )}
        </section>
        <section className={css.box} aria-labelledby="transcript">
          <h2 id="transcript">{t('reports.transcript')}</h2>
          {data.messages.length === 0 && <Empty title={t('reports.nothing_written')} />}
          {data.messages.map((message, i) => <Message key={message.id} message={message} follows={data.messages[i - 1]?.author === message.author} read={false} zone={zone} />)}
        </section>
      </div>
    </div>
  );
}
