// A client's own web site, on an origin of its own, with the snippet of a widget on its pages.
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, type FrameLocator, type Page } from '@playwright/test';

/** A web site of two pages that carry a widget. */
export class Site {
  private constructor(
    readonly origin: string,
    private readonly http: HttpServer,
    private readonly pages: { body: string },
  ) {}

  static async open(): Promise<Site> {
    const pages = { body: '' };
    const http = createServer((request, response) => {
      if (request.url === '/favicon.ico') return void response.writeHead(204).end();
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(
        `<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1><a href="/">Home</a> <a href="/order">Order</a></main>${pages.body}</html>`,
      );
    });
    await new Promise<void>((done) => http.listen(0, 'localhost', done));
    const { port } = http.address() as AddressInfo; // it listens on a port, so this is no pipe
    return new Site(`http://localhost:${port}`, http, pages);
  }

  /** Puts a snippet on the pages. */
  carry(snippet: string): void {
    this.pages.body = snippet;
  }

  close(): Promise<void> {
    this.http.closeAllConnections();
    return new Promise((done) => this.http.close(() => done()));
  }
}

/** A visitor of a client's page. */
export class Visitor {
  constructor(readonly page: Page) {}

  /** The launcher lives in a closed shadow root; tests look inside, host pages cannot. */
  async lookInside(): Promise<this> {
    await this.page.addInitScript(() => {
      const attach = Element.prototype.attachShadow;
      Element.prototype.attachShadow = function openly(init) {
        return attach.call(this, { ...init, mode: 'open' });
      };
    });
    return this;
  }

  get launcher() {
    return this.page.getByRole('button', { name: /chat/i });
  }

  get chat(): FrameLocator {
    return this.page.frameLocator('iframe[title="Chat"]');
  }

  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.launcher.click();
  }

  /** Writes the first words of a conversation. */
  async begin(words: string, name?: string): Promise<void> {
    await this.chat.getByLabel('Your message').fill(words);
    if (name) await this.chat.getByLabel('Your name').fill(name);
    await this.chat.getByRole('button', { name: 'Start chat' }).click();
    await expect(this.chat.getByRole('log')).toContainText(words);
  }

  async say(words: string): Promise<void> {
    await this.chat.getByRole('textbox', { name: 'Write a message' }).fill(words);
    await this.page.keyboard.press('Enter');
    await expect(this.chat.getByRole('log')).toContainText(words);
  }
}
