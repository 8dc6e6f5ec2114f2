// One fresh world of a running mockmarket for each test. Nothing but HTTP.
import { randomUUID } from 'node:crypto';

const server = process.env.MOCKMARKET_URL ?? 'http://127.0.0.1:8000';

export async function call(method, url, { body, headers } = {}) {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
}

async function asked(method, url, body) {
  const answer = await call(method, url, { body });
  if (answer.status >= 400) throw new Error(`${method} ${url}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Make a world for a test, dropped when the test is over. */
export async function openMarket(test, fixture = 'small') {
  const name = `node-${randomUUID()}`;
  const root = `${server}/w/${name}`;
  await asked('PUT', `${server}/_mockmarket/worlds/${name}`, { fixture });
  test.after(() => asked('DELETE', `${server}/_mockmarket/worlds/${name}`));

  const control = (method, path, body) => asked(method, `${root}/_mockmarket/${path}`, body);
  const { vendors } = await control('GET', 'vendors');

  return {
    control,
    freeze: () => control('PUT', 'clock', { frozen: true }),
    advance: (seconds) => control('POST', 'clock/advance', { seconds }),
    /** The vendor's API as a function: method, path below its base URL, body. */
    api(name) {
      const { base_url: base, credentials } = vendors.find((vendor) => vendor.name === name);
      return (method, path, body) => call(method, base + path, { body, headers: credentials[0].headers });
    },
  };
}
