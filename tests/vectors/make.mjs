// Makes signatures.json with Node's crypto, which shares no code with the signer under test.
// `node make.mjs` prints the file; a test compares what it prints with what is stored.
import { createHmac } from 'node:crypto';

const STAMP = 1769086190;

const jsBodies = {
  ascii: '{"type":"order.completed","data":{"orderId":"o-1"}}',
  'n with tilde': '{"buyerName":"Peña Núñez"}',
  'peso sign': '{"price":"₱3000"}',
  emoji: '{"eventName":"Fête 🎟️🎉"}',
  slashes: '{"url":"https://example.test/a/b"}',
  quotes: '{"note":"say \\"hi\\" \\\\ \'there\'"}',
  'money whole': '{"totalAmount":3000,"quantity":2}',
  'money with decimals': '{"totalAmount":150.66,"fee":0.5}',
  'empty object': '{}',
  'empty body': '',
};

const escapePhp = (text) =>
  text.replaceAll('/', '\\/').replace(/[^\0-\x7f]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'));

const phpBodies = Object.fromEntries(Object.entries(jsBodies).map(([name, body]) => [name, escapePhp(body)]));

const javaBodies = {
  ...jsBodies,
  'money whole': '{"cost":70.0,"listPrice":80.0,"shownQuantity":null}',
  'money with decimals': '{"cost":150.66,"listPrice":1.0E7}',
};

const repeated = (unit) => ({ head: '{"note":"', unit, times: Math.ceil(100_000 / Buffer.byteLength(unit)), tail: '"}' });

const spell = (body) => (typeof body === 'string' ? body : body.head + body.unit.repeat(body.times) + body.tail);

const hmac = (algorithm, secret, message) => createHmac(algorithm, secret).update(message, 'utf8').digest('hex');

const schemes = {
  portal: {
    secrets: ['portal-signing-secret-for-tests'],
    bodies: { ...jsBodies, '100 KB': repeated('seat Ñ ₱ / ') },
    headers: (body, [secret]) => [
      ['X-Webhook-Signature', 'sha256=' + hmac('sha256', secret, `${STAMP}.${body}`)],
      ['X-Webhook-Timestamp', String(STAMP)],
    ],
  },
  ticketnation: {
    secrets: ['ticketnation-webhook-secret-for-tests'],
    bodies: { ...jsBodies, '100 KB': repeated('seat Ñ ₱ / ') },
    headers: (body, [secret]) => [['x-tn-signature', hmac('sha256', secret, body)]],
  },
  zatabox: {
    secrets: ['whsec_new-secret-for-tests', 'whsec_old-secret-for-tests'],
    bodies: { ...jsBodies, '100 KB': repeated('seat Ñ ₱ / '), rotation: jsBodies.ascii },
    headers: (body, secrets) => [ // the current secret's last
      ['X-Zatabox-Signature', `t=${STAMP}` + [...secrets].reverse().map((each) => ',v1=' + hmac('sha256', each, `${STAMP}.${body}`)).join('')],
    ],
  },
  tixstock: {
    secrets: ['reseller-bearer-token-for-tests'],
    bodies: { ...phpBodies, '100 KB': repeated('seat \\u00d1 \\u20b1 \\/ ') },
    headers: (body, [secret]) => [['X-TIXSTOCK-SIGNATURE', hmac('sha256', secret, body)]],
  },
  skybox: {
    secrets: ['ALittleSecretForTests'],
    bodies: { ...javaBodies, '100 KB': repeated('seat Ñ ₱ / ') },
    headers: (body, [secret]) => [['Webhooks-Signature', hmac('sha1', secret, body)]],
  },
};

const vectors = [];
for (const [scheme, { secrets, bodies, headers }] of Object.entries(schemes))
  for (const [name, body] of Object.entries(bodies)) {
    const used = name === 'rotation' ? secrets : secrets.slice(0, 1);
    vectors.push({ scheme, name, stamp: STAMP, secrets: used, body, headers: headers(spell(body), used) });
  }

console.log('[\n' + vectors.map((each) => JSON.stringify(each)).join(',\n') + '\n]');
