// Both of portal's sample receivers in our words: the first looks at the signature only, the second at the age too.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { judgeAll } from './cases.mjs';

const OLDEST_SECONDS = 1800;

const expectedFor = (stamp, text, secret) =>
  Buffer.from('sha256=' + createHmac('sha256', secret).update(stamp + '.' + text).digest('hex'));

function first(body, headers, secret) {
  const given = Buffer.from(headers['x-webhook-signature']);
  return timingSafeEqual(expectedFor(headers['x-webhook-timestamp'], body.toString(), secret), given);
}

function second(body, headers, secret, now) {
  const stamp = Number(headers['x-webhook-timestamp']);
  if (Number.isNaN(stamp) || Math.floor(now) - stamp > OLDEST_SECONDS) return false;
  const expected = expectedFor(stamp, body.toString(), secret);
  const given = Buffer.from(headers['x-webhook-signature']);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

judgeAll(first, second);
