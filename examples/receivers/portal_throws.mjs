// BUG: compares without looking at the lengths first; timingSafeEqual throws on a short or missing signature.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { SECRET, serve } from './plumbing.mjs';

let taken = 0;

serve((headers, body) => {
  const stamp = headers['x-webhook-timestamp'] ?? '';
  const mac = createHmac('sha256', SECRET).update(`${stamp}.`).update(body).digest('hex');
  if (!timingSafeEqual(Buffer.from(headers['x-webhook-signature'] ?? ''), Buffer.from(`sha256=${mac}`))) return 401;
  if (Math.abs(Date.now() / 1000 - Number(stamp)) > 1800) return 401;
  taken += 1;
  return 200;
}, () => ({ taken }));
