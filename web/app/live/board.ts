// The floor as the server tells it: rows that change one by one.
import type {
  BoardAgent, BoardAlert, BoardClient, BoardContact, BoardDelta, BoardQueue, BoardView, FloorFigures,
} from '../api/types';
import { Cell, Rows } from './store';

const nothing: FloorFigures = {
  waiting: 0, talking: 0, offered: 0, answered: 0, abandoned: 0, short_abandoned: 0, agents_signed_in: 0, agents_available: 0,
};

export class BoardStore {
  /** Whether a first state has come. */
  readonly ready = new Cell(false);
  readonly floor = new Cell<FloorFigures>(nothing);
  readonly clients = new Rows<BoardClient>((row) => row.id);
  readonly queues = new Rows<BoardQueue>((row) => row.id);
  readonly agents = new Rows<BoardAgent>((row) => row.id);
  readonly waiting = new Rows<BoardContact>((row) => row.id);
  readonly alerts = new Cell<readonly BoardAlert[]>([]);

  replace(view: BoardView): void {
    this.floor.set(view.floor);
    this.clients.replace(view.clients);
    this.queues.replace(view.queues);
    this.agents.replace(view.agents);
    this.waiting.replace(view.waiting);
    this.alerts.set(view.alerts ?? []);
    this.ready.set(true);
  }

  apply(delta: BoardDelta): void {
    if (delta.floor) this.floor.set(delta.floor);
    if (delta.gone) for (const rows of [this.clients, this.queues, this.agents, this.waiting]) rows.remove(delta.gone);
    this.clients.put(delta.clients ?? []);
    this.queues.put(delta.queues ?? []);
    this.agents.put(delta.agents ?? []);
    this.waiting.put(delta.waiting ?? []);
    if (delta.alerts) this.alerts.set(delta.alerts);
  }

  /** The whole state, for a tab that comes later. */
  view(): BoardView {
    return {
      floor: this.floor.get(),
      clients: [...this.clients.all()],
      queues: [...this.queues.all()],
      agents: [...this.agents.all()],
      waiting: [...this.waiting.all()],
      alerts: [...this.alerts.get()],
    };
  }
}
