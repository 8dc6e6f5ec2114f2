// What every Node receiver here shares: an HTTP server that reads whole bodies as bytes, and shows its state to a GET.
import { createServer } from 'node:http';

export const SECRET = process.env.SECRET ?? 'whsec_local';

/** Read JSON; null for what is none: an error that nothing catches would be a 500, and a crash in other servers. */
export function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

const whole = async (request) => Buffer.concat(await request.toArray());

/** Serve `take(headers, body)`, which returns the status to answer; what it throws is a 500, as in most frameworks. */
export function serve(take, state, read = whole) {
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') return response.end(JSON.stringify(state()));
    const body = await read(request);
    try {
      response.statusCode = take(request.headers, body);
    } catch (error) {
      console.error(String(error));
      response.statusCode = 500;
    }
    response.end();
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
    console.log(`Listening. http://127.0.0.1:${server.address().port}`),
  );
}
