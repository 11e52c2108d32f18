import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { placeHub } from '../live/hub';
import { chat, deskOf } from '../testing/desk';
import { open, person, says } from '../testing/scripted';
import { ACTIONS, chooseBindings, clashOf, keyForAria, keyLabel, readBindings, USUAL } from './bindings';

const claire = person({ agent: 'a1' });

async function ringing() {
  const opened = await open('/desk', claire, {
    'GET /desk/contacts/c1/history': [], 'POST /desk/contacts/c1/answer': undefined, 'POST /desk/contacts/c1/refuse': undefined,
  });
  await says(opened.socket, { type: 'snapshot', seq: 1, view: { topic: 'desk', data: deskOf([chat('c1', { state: 'offered' })]) } });
  await screen.findByRole('heading', { level: 1 });
  return opened;
}

describe('the keys of the desk', () => {
  beforeEach(() => {
    localStorage.clear();
    chooseBindings('u1', USUAL);
  });
  afterEach(() => placeHub(undefined));

  it('are changed by pressing another, which is then shown and works', async () => {
    const { asked } = await ringing();
    fireEvent.keyDown(window, { key: '?', code: 'Slash', shiftKey: true });
    const list = await screen.findByRole('dialog', { name: 'Keys' });
    await userEvent.click(within(list).getByRole('button', { name: 'Change the key: Answer what rings' }));
    fireEvent.keyDown(window, { key: 'F9', code: 'F9' });
    expect(within(list).getByRole('alert')).toHaveTextContent('F9 stands for “Transfer or ask a colleague” already.');
    fireEvent.keyDown(window, { key: 'r', code: 'KeyR', ctrlKey: true });
    expect(within(list).getByRole('alert')).toHaveTextContent('Ctrl R cannot be chosen');
    fireEvent.keyDown(window, { key: 'F7', code: 'F7' });
    expect(within(list).getByText('F7')).toBeVisible();
    expect(readBindings('u1').answer).toBe('F7');
    await userEvent.click(within(list).getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

    expect(screen.getByRole('button', { name: 'Answer' })).toHaveAttribute('aria-keyshortcuts', 'F7');
    fireEvent.keyDown(window, { key: 'F2', code: 'F2' });
    fireEvent.keyDown(window, { key: 'F7', code: 'F7' });
    await waitFor(() => expect(asked.filter(({ path }) => path.endsWith('/answer'))).toHaveLength(1));

    fireEvent.keyDown(window, { key: '?', code: 'Slash', shiftKey: true });
    await userEvent.click(within(await screen.findByRole('dialog', { name: 'Keys' })).getByRole('button', { name: 'Back to the usual keys' }));
    expect(readBindings('u1')).toEqual(USUAL);
  });

  it('are each person’s own, and the usual ones where what is kept makes no sense', () => {
    chooseBindings('u1', { ...USUAL, hold: 'F7' });
    expect(readBindings('u1').hold).toBe('F7');
    expect(readBindings('u2')).toEqual(USUAL);
    for (const nonsense of ['{', '7', '{"hold":"F2"}', '{"hold":"Ctrl+KeyW"}', '{"hold":8,"never":"F7"}']) {
      localStorage.setItem('permanence.keys.u1', nonsense);
      expect(readBindings('u1'), nonsense).toEqual(USUAL);
    }
  });

  it('do not clash as they usually are, and can each be given back', () => {
    for (const action of ACTIONS) expect(clashOf(USUAL, action, USUAL[action]), action).toBeUndefined();
    expect(clashOf(USUAL, 'hold', 'Shift+F2')).toEqual({ kind: 'has', action: 'refuse' });
    for (const key of ['Tab', 'Enter', 'Space', 'F5', '?', 'Ctrl+KeyK', 'Escape']) expect(clashOf(USUAL, 'hold', key), key).toEqual({ kind: 'not_free' });
  });

  it('are written as on the keyboard', () => {
    expect(['Shift+F2', 'Alt+ArrowUp', 'KeyN', 'Slash', 'Ctrl+Enter'].map(keyLabel)).toEqual(['Shift F2', 'Alt ↑', 'N', '/', 'Ctrl Enter']);
    expect(['Shift+F2', 'Alt+ArrowUp', 'KeyN', 'Ctrl+Enter'].map(keyForAria)).toEqual(['Shift+F2', 'Alt+ArrowUp', 'N', 'Control+Enter']);
  });
});
