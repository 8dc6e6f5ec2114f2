// An auto-pricer at SkyBox: polls its listings, reprices in bulk, and delivers what was sold at another marketplace.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { openMarket } from './market.mjs';

const TIMEOUT = { timeout: 20_000 };
const SECRET = 'ALittleSecret';
const CUSTOMER = { email: 'mei@example.com', phone: { number: '5550100', countryCode: '+1' } };
const PDF = Buffer.from('%PDF-1.4\n% a ticket \u00e9\n%%EOF\n', 'latin1');

/** Subscribe to topics; `next(topic, field)` waits for the notification whose entity has a field. */
async function openNotifications(t, skybox, topics) {
  const arrived = [];
  const waiting = new Set();
  const receiver = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const mac = createHmac('sha1', SECRET).update(body).digest('hex');
    response.writeHead(request.headers['webhooks-signature'] === mac ? 200 : 401).end();
    arrived.push(JSON.parse(body));
    for (const check of waiting) check();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  t.after(() => {
    receiver.close();
    receiver.closeAllConnections();
  });
  const url = `http://127.0.0.1:${receiver.address().port}/skybox`;
  for (const topic of topics) await asked(skybox, 'POST', '/webhooks', { topic, url, headers: '', secret: SECRET });
  return {
    next: (topic, field) =>
      new Promise((resolve) => {
        const check = () => {
          const hook = arrived.find((each) => each.topic === topic && field in each[topic.toLowerCase()]);
          if (hook) waiting.delete(check) && resolve(arrived.splice(arrived.indexOf(hook), 1)[0]);
        };
        waiting.add(check);
        check();
      }),
  };
}

async function asked(api, method, path, body) {
  const answer = await api(method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

test('a sale elsewhere is repriced, invoiced and delivered', TIMEOUT, async (t) => {
  const market = await openMarket(t);
  const [skybox, portal] = [market.api('skybox'), market.api('portal')];
  const hooks = await openNotifications(t, skybox, ['INVENTORY', 'INVOICE']);

  const { rows } = await asked(skybox, 'GET', '/inventory?eventId=1001&section=101');
  const prices = rows.map(({ id, listPrice }) => ({ id, listPrice: listPrice - 10 }));
  await asked(skybox, 'PUT', '/inventory', prices);
  assert.equal((await hooks.next('INVENTORY', 'listPrice')).previous.listPrice, rows[0].listPrice);

  const [listing] = rows;
  const place = { eventId: '1001', section: listing.section, row: listing.row, quantity: 2 };
  const { order } = await asked(portal, 'POST', '/orders', { ...place, customer: CUSTOMER });
  assert.equal(order.totalAmount, 2 * prices[0].listPrice);
  const { id } = await hooks.next('INVOICE', 'customerId');
  const invoice = await asked(skybox, 'GET', `/invoices/${id}`);
  assert.equal(invoice.externalRef, order.orderId);

  const tickets = invoice.lines[0].itemIds.map((ticket) => ({
    id: ticket,
    barCode: `BC-${ticket}`,
    base64FileBytes: PDF.toString('base64'),
  }));
  await asked(skybox, 'PUT', `/inventory/${listing.id}`, { tickets });
  assert.equal((await hooks.next('INVOICE', 'barcodesEntered')).invoice.filesUploaded, true);

  const delivered = await asked(skybox, 'GET', `/invoices/external-ref?external-ref=${order.orderId}`);
  assert.deepEqual(delivered.map((ticket) => ticket.barCode), tickets.map((ticket) => ticket.barCode));
  const files = await asked(skybox, 'GET', `/invoices/${id}/assets`);
  assert.ok(files.split('\n').every((file) => PDF.equals(Buffer.from(file, 'base64'))));
  await asked(skybox, 'PUT', `/invoices/${id}`, { fulfillmentStatus: 'COMPLETE' });
  assert.equal((await hooks.next('INVOICE', 'fulfillmentStatus')).previous.fulfillmentStatus, 'PENDING');
});
