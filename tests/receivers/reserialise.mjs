// Reads length-prefixed JSON bodies from stdin and writes each back, length-prefixed, as JavaScript re-serialises it.
import { frames } from './cases.mjs';

const written = [];
for (const frame of frames()) {
  const body = Buffer.from(JSON.stringify(JSON.parse(frame.toString())));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  written.push(length, body);
}
process.stdout.write(Buffer.concat(written));
