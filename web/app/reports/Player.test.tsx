import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CallRecordView, ContactView, RecordingView } from '../api/types';
import { placeHub } from '../live/hub';
import { open, person } from '../testing/scripted';
import { soundWord } from '../ui/Quality';
import { outline } from './Player';

const at = '2026-11-22T09:00:00Z';
const recording: RecordingView = { recording: 'r1', contact: 'c1', started: at, length_ms: 200_000, status: 'done', pauses: [{ from_ms: 50_000, until_ms: 70_000 }], kept_until: null };
const call: CallRecordView = {
  direction: 'inbound', number: '+33142345678', dialled: '+33199000001', trunk: 'Carrier A', ending: 'hung_up_on_hold', fault: 'agent', billable: true,
  legs: [
    {
      leg: 'l1', party: 'customer', started: at, answered: at, ended: '2026-11-22T09:03:20Z', ending: 'hung_up_on_hold',
      quality: { loss_permille: 3, jitter_ms: 12, concealed_permille: 5, round_trip_ms: 48, mos_tenths: 41 },
    },
    { leg: 'l2', party: 'agent', agent_name: 'Claire', started: at, ending: 'something_new' },
  ],
  recordings: [recording],
};
const record = (change: Partial<CallRecordView> = {}): ContactView => ({
  line: {
    contact: 'c1', client: 'k1', client_name: 'Nordlicht', channel: 'voice', queue_name: 'Orders', arrived: at, customer: '+33142345678', agents: ['Claire'], state: 'handled', wait_ms: 4000, disposition: null,
  },
  timeline: [], decisions: [], notes: [], messages: [], call: { ...call, ...change },
} as unknown as ContactView); // the few fields that the screen reads

async function opened(change: Partial<CallRecordView> = {}) {
  const page = await open('/contacts/c1', person({ role: 'team_lead' }), {
    'GET /contacts/c1': record(change), 'GET /recordings/r1/peaks': { step_ms: 100, customer: [0, 50, 100], agents: [10, 20] },
  });
  await screen.findByRole('heading', { name: 'Call' });
  const audio = page.page.container.querySelector('audio');
  return { ...page, audio };
}

describe('a call in the record of its contact', () => {
  let paused = true;
  const play = vi.fn<(this: HTMLMediaElement) => Promise<void>>(async function play(this: HTMLMediaElement) {
    paused = false;
    this.dispatchEvent(new Event('play'));
  });
  beforeEach(() => {
    paused = true;
    play.mockClear();
    vi.spyOn(HTMLMediaElement.prototype, 'paused', 'get').mockImplementation(() => paused);
    vi.spyOn(HTMLMediaElement.prototype, 'play').mockImplementation(play);
    vi.spyOn(HTMLMediaElement.prototype, 'pause').mockImplementation(function pause(this: HTMLMediaElement) {
      paused = true;
      this.dispatchEvent(new Event('pause'));
    });
  });
  afterEach(() => placeHub(undefined));

  it('says how it ended, whose fault that was and who was in it', async () => {
    await opened();
    expect(screen.getAllByText('The customer hung up while on hold')[0]).toBeVisible();
    expect(screen.getByText('the agent’s')).toBeVisible();
    expect(screen.getByText('may be billed')).toBeVisible();
    expect(screen.getByText('Carrier A')).toBeVisible();
    const customer = screen.getByRole('row', { name: /^Customer/ });
    expect(customer).toHaveTextContent('03:20');
    expect(customer).toHaveTextContent('good 4.1');
    expect(customer).toHaveTextContent('lost 0.3%, jitter 12 ms, made up 0.5%, round trip 48 ms');
    expect(screen.getByRole('row', { name: /^Agent · Claire/ })).toHaveTextContent('something_new');
  });

  it('fetches no sound before somebody plays it', async () => {
    const { audio } = await opened();
    expect(audio).toHaveAttribute('preload', 'none');
    expect(audio).toHaveAttribute('src', '/api/v1/recordings/r1/audio');
    expect(play).not.toHaveBeenCalled();
  });

  it('is moved by keys and played by space', async () => {
    const { audio } = await opened();
    const slider = screen.getByRole('slider', { name: 'Position' });
    expect(slider).toHaveAttribute('aria-valuemax', '200');
    for (const [key, at_] of [['ArrowRight', 5], ['PageUp', 35], ['ArrowLeft', 30], ['End', 200], ['ArrowRight', 200], ['Home', 0], ['ArrowDown', 0]] as const) {
      fireEvent.keyDown(slider, { key });
      expect(slider, key).toHaveAttribute('aria-valuenow', String(at_));
    }
    fireEvent.keyDown(slider, { key: 'PageUp' });
    expect(audio?.currentTime).toBe(30);
    expect(slider).toHaveAttribute('aria-valuetext', '00:30 of 03:20');
    fireEvent.keyDown(slider, { key: ' ' });
    expect(await screen.findByRole('button', { name: 'Pause' })).toBeVisible();
    fireEvent.keyDown(slider, { key: ' ' });
    expect(await screen.findByRole('button', { name: 'Play' })).toBeVisible();
  });

  it('goes to where it is clicked', async () => {
    const { audio } = await opened();
    const slider = screen.getByRole('slider', { name: 'Position' });
    slider.getBoundingClientRect = () => new DOMRect(100, 0, 400, 80);
    fireEvent.pointerDown(slider, { clientX: 200, buttons: 1 });
    expect(audio?.currentTime).toBe(50);
    fireEvent.pointerMove(slider, { clientX: 300, buttons: 0 });
    expect(audio?.currentTime).toBe(50);
    fireEvent.pointerMove(slider, { clientX: 900, buttons: 1 });
    expect(audio?.currentTime).toBe(200);
  });

  it('plays faster when told so, also what begins later', async () => {
    const { audio } = await opened();
    await userEvent.click(screen.getByRole('radio', { name: '1.5×' }));
    expect(audio?.playbackRate).toBe(1.5);
    await userEvent.click(screen.getByRole('button', { name: 'Play' }));
    expect(audio?.playbackRate).toBe(1.5);
  });

  it('shades what was not recorded', async () => {
    await opened();
    const [shade] = screen.getAllByTitle('paused');
    expect(shade).toHaveStyle({ left: '25%', width: '10%' });
  });

  it('plays without what is redacted, and the original to whoever may hear it', async () => {
    const redactions = [{ redaction: 'x1', recording: 'r1', from_ms: 20_000, until_ms: 40_000, side: 'customer' as const, reason: 'payment_card' as const, by: 'Ada', at }];
    const { page } = await opened({ recordings: [{ ...recording, redactions, may_hear_original: true }] });
    const [shade] = screen.getAllByTitle('redacted');
    expect(shade).toHaveStyle({ left: '10%', width: '10%' });
    const source = () => page.container.querySelector('audio')?.getAttribute('src');
    expect(source()).toBe('/api/v1/recordings/r1/audio');
    await userEvent.click(screen.getByRole('radio', { name: 'Original' }));
    expect(source()).toBe('/api/v1/recordings/r1/audio?original=true');
    expect(screen.queryByRole('button', { name: 'Redact a span' })).toBeNull();
  });

  it('marks a span by a drag, and sends it', async () => {
    const { asked } = await opened({ recordings: [{ ...recording, may_redact: true }] });
    await userEvent.click(await screen.findByRole('button', { name: 'Redact a span' }));
    const slider = screen.getByRole('slider', { name: 'Position' });
    slider.getBoundingClientRect = () => new DOMRect(100, 0, 400, 80);
    fireEvent.pointerDown(slider, { clientX: 300, buttons: 1 });
    fireEvent.pointerMove(slider, { clientX: 200, buttons: 1 });
    expect(screen.getByLabelText('From')).toHaveValue('0:50.0');
    expect(screen.getByLabelText('Until')).toHaveValue('1:40.0');
    expect(slider).toHaveAttribute('aria-valuenow', '0');
    await userEvent.clear(screen.getByLabelText('Until'));
    await userEvent.type(screen.getByLabelText('Until'), '1:05,5');
    await userEvent.click(screen.getByRole('button', { name: 'Redact' }));
    await waitFor(() => expect(asked.at(-1)).toEqual({
      method: 'POST', path: '/recordings/r1/redactions', body: { from_ms: 50_000, until_ms: 65_500, side: 'both', reason: 'payment_card' },
    }));
  });

  it('says so when it cannot be played', async () => {
    const { audio } = await opened();
    if (audio) fireEvent.error(audio);
    expect(await screen.findByRole('alert')).toHaveTextContent('The recording cannot be played.');
  });

  it('has no player for what is not there', async () => {
    await opened({ recordings: [{ ...recording, status: 'erased' }, { ...recording, recording: 'r2', status: 'writing' }] });
    await waitFor(() => expect(screen.getByText('Erased at the end of its retention.')).toBeVisible());
    expect(screen.getByText('It is still being written.')).toBeVisible();
    expect(screen.queryByRole('slider')).toBeNull();
  });
});

describe('drawing and words', () => {
  it('draws an outline about the middle, silence as a line', () => {
    expect(outline([0, 100], 25)).toBe('M0.5 25.0L1.5 2.0L1.5 48.0L0.5 25.0Z');
    expect(outline([], 25)).toBe('');
  });

  it('puts a score into a word', () => {
    expect([44, 43, 42, 40, 39, 36, 35, 31, 30, 10].map(soundWord)).toEqual(['best', 'best', 'good', 'good', 'fair', 'fair', 'poor', 'poor', 'bad', 'bad']);
  });
});
