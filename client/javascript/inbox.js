// A webhook receiver for tests, on a port of its own, that checks every signature.
import { once } from 'node:events';
import { createServer } from 'node:http';

import { verify } from './verify.js';

export class Inbox {
  #server;
  #arrived = [];
  #waiting = [];

  constructor(vendor, statuses = []) {
    this.vendor = vendor;
    this.statuses = [...statuses];
    this.secret = '';
    this.received = [];
  }

  /** Start, and return the URL to send webhooks to. */
  async listen() {
    this.#server = createServer((request, response) => this.#answer(request, response).catch(() => response.destroy())).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${this.#server.address().port}/webhooks`;
  }

  async #answer(request, response) {
    const body = Buffer.concat(await request.toArray());
    const check = verify(this.vendor, { headers: request.headers, body, secret: this.secret });
    const status = this.statuses.shift() ?? (check.valid ? 200 : 401);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
    const webhook = { headers: request.headers, raw: body, body: parsed(body), status, ...check };
    this.received.push(webhook);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(webhook); else this.#arrived.push(webhook);
  }

  /** The oldest webhook that nobody has taken yet; an error if none arrives in time. */
  next(timeoutMs = 10_000) {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve, reject) => {
      const taken = (webhook) => { clearTimeout(timer); resolve(webhook); };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(taken), 1);
        reject(new Error(`No webhook of ${this.vendor} arrived within ${timeoutMs} ms; ${this.received.length} did before.`));
      }, timeoutMs);
      this.#waiting.push(taken);
    });
  }

  async close() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
