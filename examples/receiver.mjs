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

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null; // an error that nothing catches would end the process
  }
}

createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end('listening\n');
  const body = Buffer.concat(await request.toArray());
  const good = verified(request.headers, body);
  const notice = good ? parsed(body) : null;
  console.log(notice ? `verified ${notice.event} ${notice.orderId}` : `REFUSED ${request.headers['x-webhook-event']}`);
  const status = notice ? 200 : good ? 400 : 401;
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`{"received":${notice !== null}}`);
}).listen(Number(WEBHOOK_PORT), '127.0.0.1');
