// Starts the mock as a command and stops it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { Server } from './control.js';

const MOST_LINES = 100;

/** Run `mockmarket serve` on a free port; `command` may be `['uvx', 'mockmarket']`. It ends with this process, or by `stop`. */
export async function startServer({ command = ['mockmarket'], fixture, token, args = [], env = {} } = {}) {
  const [program, ...before] = command;
  const options = ['serve', '--port', '0', '--json', ...(fixture ? ['--fixture', fixture] : []), ...args];
  const secret = token ? { MOCKMARKET_CONTROL_TOKEN: token } : {};
  const child = spawn(program, [...before, ...options], { env: { ...process.env, MOCKMARKET_NO_CONFIG: '1', ...env, ...secret }, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill();
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));

  const url = await Promise.race([ready(child.stdout), failed(child)]);
  child.stdout.resume();
  return Object.assign(new Server(url, token), { process: child, stop: () => stopped(child) });
}

async function ready(output) {
  for await (const line of createInterface({ input: output })) {
    const { event, url } = JSON.parse(line);
    if (event === 'ready') return url;
  }
  return new Promise(() => {}); // it has ended, which `failed` reports
}

async function failed(child) {
  const log = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line) > MOST_LINES && log.shift());
  const [code] = await once(child, 'close'); // `once` throws the error of a command that cannot be run
  throw new Error(`${child.spawnargs.join(' ')} ended with ${code}: ${log.join('\n')}`);
}

async function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
