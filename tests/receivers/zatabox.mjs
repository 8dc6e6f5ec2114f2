// A receiver as Zatabox's page and SDKs describe it: t and v1 from one header, 300 s both ways, any v1 may match.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { judgeAll } from './cases.mjs';

const TOLERANCE_SECONDS = 300;

function accepts(body, headers, secret, now) {
  const parts = headers['x-zatabox-signature'].split(',').map((part) => part.split('='));
  const stamp = parts.find(([name]) => name === 't')[1];
  if (!/^\d+$/.test(stamp) || Math.abs(now - Number(stamp)) > TOLERANCE_SECONDS) return false;
  const signed = Buffer.concat([Buffer.from(stamp + '.'), body]);
  const expected = Buffer.from(createHmac('sha256', secret).update(signed).digest('hex'));
  return parts.some(([name, value]) => name === 'v1' && same(Buffer.from(value), expected));
}

const same = (given, expected) => given.length === expected.length && timingSafeEqual(given, expected);

judgeAll(accepts);
