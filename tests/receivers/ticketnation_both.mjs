// Two receivers of Ticketnation's: one signs what JavaScript writes after parsing, as the sample does, one the raw body.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { judgeAll } from './cases.mjs';

const accepts = (signed, headers, secret) => {
  const expected = Buffer.from(createHmac('sha256', secret).update(signed).digest('hex'));
  return timingSafeEqual(Buffer.from(headers['x-tn-signature']), expected);
};

const rewriting = (body, headers, secret) => accepts(JSON.stringify(JSON.parse(body.toString())), headers, secret);
const raw = (body, headers, secret) => accepts(body, headers, secret);

judgeAll(rewriting, raw);
