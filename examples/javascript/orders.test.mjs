import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openInbox, verified } from './inbox.mjs';
import { openMarket } from './market.mjs';

const TIMEOUT = { timeout: 20_000 };
const CUSTOMER = { email: 'mei@example.com', phone: { number: '5550100', countryCode: '+1' } };

async function buy(portal, quantity = 2) {
  const events = await portal('GET', '/events?limit=1');
  const { eventId } = events.body.data[0];
  const inventory = await portal('GET', `/inventory?eventId=${eventId}&quantity=${quantity}`);
  const { listingId } = inventory.body.data[0];
  const placed = await portal('POST', '/orders', { eventId, listingId, quantity, customer: CUSTOMER });
  assert.equal(placed.status, 201, JSON.stringify(placed.body));
  return placed.body.order;
}

test('a purchase sends a signed webhook', TIMEOUT, async (t) => {
  const market = await openMarket(t);
  const inbox = await openInbox(t, market);

  const order = await buy(market.api('portal'));

  const webhook = await inbox.next();
  assert.equal(webhook.valid, true);
  assert.equal(webhook.body.event, 'order.confirmed');
  assert.equal(webhook.body.orderId, order.orderId);
});

test('an accepted order is told of too', TIMEOUT, async (t) => {
  const market = await openMarket(t);
  const inbox = await openInbox(t, market);
  const portal = market.api('portal');
  const order = await buy(portal);
  await inbox.next();

  const changed = await portal('PATCH', '/orders', { orderId: order.orderId, status: 'accepted' });

  assert.equal(changed.status, 200);
  assert.equal((await inbox.next()).body.event, 'order.accepted');
});

test('a webhook that fails is sent again a second later', TIMEOUT, async (t) => {
  const market = await openMarket(t);
  const inbox = await openInbox(t, market, [503]);
  await market.freeze();
  await buy(market.api('portal'));
  const first = await inbox.next();

  const walked = await market.advance(1);

  const second = await inbox.next();
  assert.equal(walked.attempts, 1);
  assert.equal(second.delivery, first.delivery);
  assert.deepEqual(second.body, first.body);
});

test('another secret does not verify', TIMEOUT, () => {
  const stamp = String(Math.floor(Date.now() / 1000));
  const headers = { 'x-webhook-timestamp': stamp, 'x-webhook-signature': `sha256=${'0'.repeat(64)}` };

  assert.equal(verified('a secret', headers, Buffer.from('{}')), false);
});

test('worlds know nothing of each other', TIMEOUT, async (t) => {
  const [one, other] = [await openMarket(t), await openMarket(t)];

  await buy(one.api('portal'));

  const orders = async (market) => (await market.control('GET', 'records/portal/order')).total;
  assert.equal(await orders(one), (await orders(other)) + 1);
});
