// Verification of webhooks, for receivers in tests and in production. Needs node:crypto alone.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old a signature's stamp may be, both ways. */
export const TOLERANCE_S = 300;

/** How each vendor signs: `form` is the header's value with `{v}` for the HMAC in lower-case hex and `{t}` for the stamp. */
export const SCHEMES = {
  portal: { header: 'X-Webhook-Signature', form: 'sha256={v}', algorithm: 'sha256', stamped: true, stampHeader: 'X-Webhook-Timestamp' },
  skybox: { header: 'Webhooks-Signature', form: '{v}', algorithm: 'sha1', stamped: false, stampHeader: null },
  ticketnation: { header: 'x-tn-signature', form: '{v}', algorithm: 'sha256', stamped: false, stampHeader: null },
  tixstock: { header: 'X-TIXSTOCK-SIGNATURE', form: '{v}', algorithm: 'sha256', stamped: false, stampHeader: null },
  zatabox: { header: 'X-Zatabox-Signature', form: 't={t},v1={v}', algorithm: 'sha256', stamped: true, stampHeader: null },
};

const STAMP = /^(0|[1-9][0-9]{0,14})$/;

/**
 * Verify a webhook over the bytes that arrived; no input makes it throw.
 * A body that was parsed and written again is other bytes: keep the raw body.
 */
export function verify(vendor, { headers, body, secret, now = Math.floor(Date.now() / 1000), toleranceS = TOLERANCE_S }) {
  const scheme = typeof vendor === 'string' ? SCHEMES[vendor] : vendor;
  if (!scheme) return refused(`There is no vendor ${vendor}; there are ${Object.keys(SCHEMES).join(', ')}.`);
  const value = headerOf(headers, scheme.header);
  if (value === undefined) return refused(`The header ${scheme.header} is missing.`);

  const { stamp, signatures } = read(scheme, value, headers);
  if (signatures.length === 0) return refused(`The header ${scheme.header} is malformed: it must look like ${scheme.form}.`);
  if (scheme.stamped && !STAMP.test(stamp ?? '')) return refused('The stamp is missing, or is not whole epoch seconds.');

  const mac = createHmac(scheme.algorithm, secret).update(scheme.stamped ? `${stamp}.` : '').update(body).digest('hex');
  if (!signatures.some((signature) => same(signature, mac))) {
    return refused('The signature is not the one that this secret gives for these bytes.', stamp);
  }
  const age = now - Number(stamp);
  if (scheme.stamped && toleranceS !== null && Math.abs(age) > toleranceS) {
    return refused(`The signature is ${age > 0 ? 'stale' : 'from the future'}: ${Math.abs(age)} s, ${toleranceS} s are tolerated.`, stamp);
  }
  return { valid: true, reason: 'The signature is right.', stamp: stamp === undefined ? null : Number(stamp) };
}

function refused(reason, stamp) {
  return { valid: false, reason, stamp: STAMP.test(stamp ?? '') ? Number(stamp) : null };
}

/** A header's value, whatever holds the headers: Node's object, a Headers, or pairs. */
function headerOf(headers, name) {
  const pairs = typeof headers[Symbol.iterator] === 'function' ? [...headers] : Object.entries(headers);
  const found = pairs.find(([each]) => each.toLowerCase() === name.toLowerCase());
  return found && found[1] !== undefined ? String(found[1]) : undefined;
}

/** The stamp, and every signature: a header may carry several while a secret is rotated. */
function read(scheme, value, headers) {
  const parts = scheme.form.split(',');
  const marked = (mark) => {
    const [before, after] = (parts.find((part) => part.includes(mark)) ?? mark).split(mark);
    return value.split(',').flatMap((piece) =>
      piece.startsWith(before) && piece.endsWith(after) && piece.length > before.length + after.length
        ? [piece.slice(before.length, piece.length - after.length)] : []);
  };
  const stamp = scheme.form.includes('{t}') ? marked('{t}')[0]
    : scheme.stampHeader ? headerOf(headers, scheme.stampHeader) : undefined;
  return { stamp, signatures: marked('{v}') };
}

function same(signature, mac) {
  const [left, right] = [Buffer.from(signature), Buffer.from(mac)];
  return left.length === right.length && timingSafeEqual(left, right);
}
