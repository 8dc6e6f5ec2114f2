// The control routes of a running mockmarket, and its vendors' APIs, in one world. Nothing but HTTP.
import { randomUUID } from 'node:crypto';

import { Inbox } from './inbox.js';

/** A refusal: `code` and `details` are the server's, `status` that of HTTP. */
export class MockmarketError extends Error {
  constructor(request, status, { code = 'unknown', message = '', hint = '', details = [] } = {}) {
    super(`${request}: ${status} ${[message, hint, ...details.map(({ field, message: text }) => `${field}: ${text}`)].filter(Boolean).join(' ')}`);
    this.name = 'MockmarketError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** A running server, by default the one that MOCKMARKET_URL names, as under `mockmarket exec`. */
export function connect(url = process.env.MOCKMARKET_URL ?? 'http://127.0.0.1:8000', { token = process.env.MOCKMARKET_CONTROL_TOKEN } = {}) {
  return new Server(url, token);
}

export class Server {
  constructor(url, token) {
    this.url = url.replace(/\/+$/, '');
    this.token = token;
  }

  /** Make a world, of the server's own fixture without one. An existing world of this name is replaced. */
  async world({ name = `js-${randomUUID()}`, ...origin } = {}) {
    const world = new World(this, name);
    await send(`${this.url}/_mockmarket/worlds/${encodeURIComponent(name)}`, 'PUT', origin, bearer(this.token));
    ({ vendors: world.vendors } = await world.control('GET', 'vendors'));
    return world;
  }
}

export class World {
  #inboxes = [];

  constructor(server, name) {
    this.server = server;
    this.name = name;
    this.url = `${server.url}/w/${encodeURIComponent(name)}`;
    this.vendors = [];
  }

  /** Call a control route: `control('GET', 'deliveries?state=failed')`; a refusal is thrown. */
  control(method, path, body) {
    return send(`${this.url}/_mockmarket/${path}`, method, body, bearer(this.server.token));
  }

  /** A vendor's API with one of the fixture's keys, by default its first; answers are returned, whatever their status. */
  vendor(name, { key } = {}) {
    const vendor = this.vendors.find((each) => each.name === name);
    if (!vendor) throw new Error(`There is no vendor ${name}; there are ${this.vendors.map((each) => each.name).join(', ')}.`);
    const { base_url: baseUrl, credentials } = vendor;
    const unlimited = credentials.find((each) => each.ip_allowlist.length === 0 && each.expires_at === null);
    const credential = key === undefined ? unlimited ?? credentials[0] : credentials.find((each) => each.name === key);
    if (!credential) throw new Error(`${name} has no key ${key ?? ''}; it has ${credentials.map((each) => each.name).join(', ')}.`);
    const { headers } = credential;
    return { baseUrl, headers, call: async (method, path, body) => answerOf(await ask(baseUrl + path, method, body, headers)) };
  }

  clock() { return this.control('GET', 'clock'); }
  freeze() { return this.control('PUT', 'clock', { frozen: true }); }
  unfreeze() { return this.control('PUT', 'clock', { frozen: false }); }
  /** Advance the clock by seconds, or `{to}` a moment, or `{until: 'quiet'}`. */
  advance(by) { return this.control('POST', 'clock/advance', typeof by === 'number' ? { seconds: by } : by); }
  /** Wait in real time: `{for: 'deliveries', where: {state: 'delivered'}, count: 2, timeout_s: 5}`. */
  wait(goal) { return this.control('POST', 'wait', goal); }
  reset() { return this.control('POST', 'reset', {}); }
  settings(changes) { return changes ? this.control('PATCH', 'settings', changes) : this.control('GET', 'settings'); }
  addFault(fault, options = {}) { return this.control('POST', 'faults', { fault, ...options }); }
  removeFault(id) { return this.control('DELETE', `faults/${encodeURIComponent(id)}`); }
  removeFaults() { return this.control('DELETE', 'faults'); }
  addEndpoint(vendor, url, options = {}) { return this.control('POST', 'endpoints', { vendor, url, ...options }); }
  trigger(vendor, notice, options = {}) { return this.control('POST', `${vendor}/trigger/${encodeURIComponent(notice)}`, options); }
  action(vendor, name, fields = {}) { return this.control('POST', `${vendor}/actions/${encodeURIComponent(name)}`, fields); }
  async deliveries(where = {}) { return (await this.control('GET', `deliveries?${new URLSearchParams(where)}`)).deliveries; }
  resend(id) { return this.control('POST', `deliveries/${encodeURIComponent(id)}/resend`, {}); }
  async requests(where = {}) { return (await this.control('GET', `requests?${new URLSearchParams(where)}`)).requests; }
  async records(vendor, kind, where = {}) {
    return (await this.control('GET', `records/${vendor}/${encodeURIComponent(kind)}?${new URLSearchParams(where)}`)).records;
  }
  saveSnapshot(name) { return this.control('POST', `snapshots/${encodeURIComponent(name)}`, {}); }
  restoreSnapshot(name) { return this.control('POST', `snapshots/${encodeURIComponent(name)}/restore`, {}); }

  /** Listen for a vendor's webhooks on a port of its own; `statuses` are answered one after the other, then 200, or 401 to an invalid one. */
  async inbox(vendor, { statuses = [], ...endpoint } = {}) {
    const inbox = new Inbox(vendor, statuses);
    this.#inboxes.push(inbox);
    const { secret } = await this.addEndpoint(vendor, await inbox.listen(), endpoint);
    inbox.secret = endpoint.secret ?? secret;
    return inbox;
  }

  /** Delete the world, and close its inboxes. */
  async close() {
    await Promise.all(this.#inboxes.map((inbox) => inbox.close()));
    await send(`${this.server.url}/_mockmarket/worlds/${encodeURIComponent(this.name)}`, 'DELETE', undefined, bearer(this.server.token));
  }
}

function bearer(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

function ask(url, method, body, headers) {
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...headers, 'Content-Type': 'application/json' } };
  return fetch(url, { method, headers, ...json });
}

async function answerOf(response) {
  const text = await response.text();
  const json = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

async function send(url, method, body, headers) {
  const answer = await answerOf(await ask(url, method, body, headers));
  if (answer.status >= 400) throw new MockmarketError(`${method} ${url}`, answer.status, answer.body.error);
  return answer.body;
}
