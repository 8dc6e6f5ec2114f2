// The verifier against the vectors of the repository, which Node's crypto made; and against headers that are not signatures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { SCHEMES, verify } from '../index.js';

const VECTORS = JSON.parse(readFileSync(process.env.SIGNATURES ?? new URL('../../../tests/vectors/signatures.json', import.meta.url)));
const bodyOf = ({ body }) => (typeof body === 'string' ? body : body.head + body.unit.repeat(body.times) + body.tail);

test('every vendor has vectors', () => {
  assert.deepEqual(new Set(VECTORS.map(({ scheme }) => scheme)), new Set(Object.keys(SCHEMES)));
});

for (const vector of VECTORS) {
  const { scheme, name, stamp, secrets, headers } = vector;
  const signed = { headers, body: Buffer.from(bodyOf(vector)), secret: secrets[0], now: stamp };

  test(`${scheme}: ${name}`, () => {
    assert.equal(verify(scheme, signed).valid, true);
    assert.equal(verify(scheme, { ...signed, headers: new Headers(headers) }).valid, true);
    assert.equal(verify(scheme, { ...signed, headers: Object.fromEntries(headers.map(([key, value]) => [key.toLowerCase(), value])) }).valid, true);
    assert.equal(verify(scheme, { ...signed, secret: 'another' }).valid, false);
    assert.equal(verify(scheme, { ...signed, body: `${bodyOf(vector)} ` }).valid, false);
  });
}

test('a stale stamp is refused where one is signed', () => {
  const judged = (toleranceS) => VECTORS.map((vector) => [vector.scheme, verify(vector.scheme, {
    headers: vector.headers, body: bodyOf(vector), secret: vector.secrets[0], now: vector.stamp + 301, toleranceS,
  }).valid]);

  assert.ok(judged(300).every(([scheme, valid]) => valid === !SCHEMES[scheme].stamped));
  assert.ok(judged(null).every(([, valid]) => valid));
});

test('a header of any other form is refused', () => {
  for (const [vendor, { header, stampHeader }] of Object.entries(SCHEMES)) {
    for (const value of ['', ',', 't=', 't=1,v1=', 'sha256=', 'ñ', 't=x,v1=0', '0'.repeat(9000)]) {
      const headers = { [header]: value, ...(stampHeader && { [stampHeader]: 'x' }) };
      assert.equal(verify(vendor, { headers, body: '{}', secret: 's' }).valid, false, `${vendor} ${value}`);
    }
    assert.match(verify(vendor, { headers: {}, body: '{}', secret: 's' }).reason, /is missing/);
  }
});
