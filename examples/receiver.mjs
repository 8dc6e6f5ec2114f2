// Listens for the Scraper Portal's webhooks and checks each signature over the raw body. Node 18 or newer, no packages.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const { WEBHOOK_PORT = '3000', WEBHOOK_SECRET = 'readme_hook_secret_0000000000000001' } = process.env;

function verified({ 'x-webhook-timestamp': stamp = '', 'x-webhook-signature': signature = '' }, body) {
  const mac = createHmac('sha256', WEBHOOK_SECRET).update(`${stamp}.`).update(body).digest('hex');
  const [given, expected] = [Buffer.from(signature), Buffer.from(`sha256=${mac}`)];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  return Math.abs(Date.now() / 1000 - Number(stamp)) < 30 * 60; // an old one may be a replay
}

createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end('listening\n');
  const body = Buffer.concat(await request.toArray());
  const good = verified(request.headers, body);
  const { event, orderId } = good ? JSON.parse(body) : {};
  console.log(good ? `verified ${event} ${orderId}` : `REFUSED ${request.headers['x-webhook-event']}`);
  response.writeHead(good ? 200 : 401, { 'Content-Type': 'application/json' }).end(`{"received":${good}}`);
}).listen(Number(WEBHOOK_PORT), '127.0.0.1');
