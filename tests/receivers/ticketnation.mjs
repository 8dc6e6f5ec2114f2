// Ticketnation's sample receiver in our words: it signs what JavaScript writes after parsing, not the bytes that came.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { judgeAll } from './cases.mjs';

function accepts(body, headers, secret) {
  const rewritten = JSON.stringify(JSON.parse(body.toString()));
  const expected = createHmac('sha256', secret).update(rewritten).digest('hex');
  return timingSafeEqual(Buffer.from(headers['x-tn-signature']), Buffer.from(expected));
}

judgeAll(accepts);
