// BUG: signs JSON that was parsed and serialised again, as express.json() tempts one to do, and not the bytes that came.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { SECRET, serve } from './plumbing.mjs';

let taken = 0;

serve((headers, body) => {
  let notice;
  try {
    notice = JSON.parse(body);
  } catch {
    return 400;
  }
  const stamp = headers['x-webhook-timestamp'] ?? '';
  const mac = createHmac('sha256', SECRET).update(`${stamp}.${JSON.stringify(notice)}`).digest('hex');
  const [given, due] = [Buffer.from(headers['x-webhook-signature'] ?? ''), Buffer.from(`sha256=${mac}`)];
  if (given.length !== due.length || !timingSafeEqual(given, due)) return 401;
  if (Math.abs(Date.now() / 1000 - Number(stamp)) > 1800) return 401;
  taken += 1;
  return 200;
}, () => ({ taken }));
