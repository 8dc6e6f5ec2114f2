// Receives the Scraper Portal's webhooks and checks each signature over the raw body, as a receiver in production must.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const TOLERANCE_S = 300;

export function verified(secret, headers, body) {
  const { 'x-webhook-timestamp': stamp = '', 'x-webhook-signature': signature = '' } = headers;
  const mac = createHmac('sha256', secret).update(`${stamp}.`).update(body).digest('hex');
  const [given, expected] = [Buffer.from(signature), Buffer.from(`sha256=${mac}`)];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  return Math.abs(Date.now() / 1000 - Number(stamp)) < TOLERANCE_S;
}

/** Listen for the portal's webhooks of a market; `statuses` are answered one after the other, then 200. */
export async function openInbox(test, market, statuses = []) {
  const arrived = [];
  const waiting = [];
  let secret;

  const receiver = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const valid = verified(secret, request.headers, body);
    response.writeHead(statuses.shift() ?? (valid ? 200 : 401)).end();
    const webhook = { valid, delivery: request.headers['x-webhook-delivery'], body: JSON.parse(body) };
    (waiting.shift() ?? ((one) => arrived.push(one)))(webhook);
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  test.after(() => {
    receiver.close();
    receiver.closeAllConnections();
  });

  const url = `http://127.0.0.1:${receiver.address().port}/hooks`;
  ({ secret } = await market.control('POST', 'endpoints', { vendor: 'portal', url }));
  return {
    arrived,
    /** The oldest webhook that nobody has taken yet, waiting for it. */
    next: () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((taken) => waiting.push(taken))),
  };
}
