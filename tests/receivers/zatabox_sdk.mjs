// Verifies as Zatabox's public SDK for Node does: a map of the header's parts, so that the last v1 counts, and digests read as hex.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { judgeAll } from './cases.mjs';

const TOLERANCE_SECONDS = 300;

function accepts(body, headers, secret, now) {
  const parts = Object.fromEntries(headers['x-zatabox-signature'].split(',').map((part) => part.split('=')));
  const expected = createHmac('sha256', secret).update(`${parts.t}.${body.toString()}`).digest();
  const given = Buffer.from(parts.v1, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  return Math.abs(now - Number(parts.t)) <= TOLERANCE_SECONDS;
}

judgeAll(accepts);
