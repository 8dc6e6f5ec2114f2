// A server that is started by command, a world in it, a vendor's API, an inbox, control routes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { MockmarketError, startServer } from '../index.js';

const CUSTOMER = { email: 'mei@example.com', phone: { number: '5550100', countryCode: '+1' } };
const command = process.env.MOCKMARKET_COMMAND ? JSON.parse(process.env.MOCKMARKET_COMMAND) : undefined;
let server;

before(async () => { server = await startServer({ command, fixture: 'small' }); });
after(() => server?.stop());

async function buy(portal) {
  const { body: { data: [{ eventId }] } } = await portal.call('GET', '/events');
  const { body: { data: [{ listingId }] } } = await portal.call('GET', `/inventory?eventId=${eventId}`);
  return portal.call('POST', '/orders', { eventId, listingId, quantity: 1, customer: CUSTOMER });
}

test('an order reaches the inbox, and again after a refusal', async () => {
  const world = await server.world({ fixture: 'small' });
  const inbox = await world.inbox('portal', { statuses: [503] });
  await world.freeze();

  const { status, body } = await buy(world.vendor('portal'));
  const first = await inbox.next();
  await world.advance(1);
  const second = await inbox.next();

  assert.equal(status, 201);
  assert.deepEqual([first.valid, first.status, second.valid, second.status], [true, 503, true, 200]);
  assert.equal(second.body.orderId, body.order.orderId);
  await world.wait({ for: 'quiet', timeout_s: 5 });
  assert.equal((await world.deliveries({ state: 'delivered' })).length, 1);
  assert.equal((await world.records('portal', 'order', { limit: '1' })).length, 1);
  assert.ok((await world.requests()).length >= 3);
  await world.close();
});

test('a fault is met, and a snapshot undoes it', async () => {
  const world = await server.world({ fixture: 'small' });
  const portal = world.vendor('portal', { key: 'Full access' });
  await world.saveSnapshot('clean');
  await world.addFault('status', { vendor: 'portal', with: { status: 503 } });

  const refused = await portal.call('GET', '/events');
  await world.restoreSnapshot('clean');
  await world.removeFaults();
  const served = await portal.call('GET', '/events');

  assert.deepEqual([refused.status, served.status], [503, 200]);
  await world.close();
});

test('a refusal of a control route is thrown', async () => {
  const world = await server.world({ fixture: 'small' });

  await assert.rejects(world.control('PUT', 'clock', { frozen: 'yes' }), (error) => error instanceof MockmarketError && error.status === 400);
  assert.throws(() => world.vendor('nobody'), /there are portal/);
  await world.close();
});

test('a command that cannot serve says why', async () => {
  await assert.rejects(startServer({ command, args: ['--workers', '0'] }), /ended with 2: [^]*--workers/);
  await assert.rejects(startServer({ command: ['no-such-command'] }), /ENOENT/);
});

test('what is not sent in time is an error', async () => {
  const world = await server.world({ fixture: 'small' });
  const inbox = await world.inbox('tixstock');

  await assert.rejects(inbox.next(10), /No webhook of tixstock arrived within 10 ms/);
  await world.close();
});
