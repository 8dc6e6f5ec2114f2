import type { ChildProcess } from 'node:child_process';
import type { IncomingHttpHeaders } from 'node:http';

export type VendorName = 'portal' | 'skybox' | 'ticketnation' | 'tixstock' | 'zatabox';
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
/** A record of the control plane or of a vendor, in its own members. */
export type Row = Record<string, any>;

export interface Scheme {
  header: string;
  /** The header's value, with `{v}` for the HMAC in lower-case hex and `{t}` for the stamp. */
  form: string;
  algorithm: 'sha256' | 'sha1';
  /** Whether `<stamp>.<body>` is signed, else the body alone. */
  stamped: boolean;
  /** The header of its own that carries the stamp. */
  stampHeader: string | null;
}

export interface Check {
  valid: boolean;
  reason: string;
  /** Epoch seconds, of a vendor that signs them. */
  stamp: number | null;
}

export interface Signed {
  headers: IncomingHttpHeaders | Headers | Iterable<[string, string]> | Record<string, string>;
  /** The bytes that arrived, before any parsing. */
  body: Uint8Array | string;
  secret: string;
  /** Epoch seconds; the machine's time by default. */
  now?: number;
  /** How old a stamp may be, both ways; null for any age. 300 by default. */
  toleranceS?: number | null;
}

export const TOLERANCE_S: number;
export const SCHEMES: Readonly<Record<VendorName, Scheme>>;
export function verify(vendor: VendorName | Scheme, signed: Signed): Check;

export class MockmarketError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: { field: string; message: string }[];
}

export interface WorldOptions {
  name?: string;
  /** A shipped fixture's name, or a file on the server's machine. */
  fixture?: string;
  /** The world's start, ISO 8601. */
  now?: string;
  seed?: number;
}

export class Server {
  constructor(url: string, token?: string);
  readonly url: string;
  world(options?: WorldOptions): Promise<World>;
}

export interface StartedServer extends Server {
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** The command and its first arguments; `['mockmarket']` by default. */
  command?: readonly string[];
  fixture?: string;
  /** The control token to require, and to send. */
  token?: string;
  /** Further options of `mockmarket serve`. */
  args?: readonly string[];
  env?: Record<string, string>;
}

export function startServer(options?: StartOptions): Promise<StartedServer>;
export function connect(url?: string, options?: { token?: string }): Server;

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, or else text. */
  body: any;
}

export interface VendorApi {
  readonly baseUrl: string;
  /** The headers of the key. */
  readonly headers: Record<string, string>;
  /** Call a path below the base URL. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

export interface Goal {
  for: 'deliveries' | 'requests' | 'quiet';
  where?: Row;
  count?: number;
  timeout_s?: number;
}

export interface EndpointOptions {
  owner?: string;
  secret?: string;
  types?: string[] | null;
  headers?: string;
}

export class World {
  readonly name: string;
  readonly url: string;
  readonly vendors: Row[];
  control(method: string, path: string, body?: unknown): Promise<any>;
  vendor(name: VendorName | (string & {}), options?: { key?: string }): VendorApi;
  clock(): Promise<Row>;
  freeze(): Promise<Row>;
  unfreeze(): Promise<Row>;
  advance(by: number | { seconds: number } | { to: string } | { until: 'quiet' | 'delivered' }): Promise<Row>;
  wait(goal: Goal): Promise<Row>;
  reset(): Promise<Row>;
  settings(changes?: Record<string, Record<string, Json>>): Promise<Row>;
  addFault(fault: string, options?: Row): Promise<Row>;
  removeFault(id: string): Promise<void>;
  removeFaults(): Promise<void>;
  addEndpoint(vendor: string, url: string, options?: EndpointOptions): Promise<Row>;
  trigger(vendor: string, notice: string, options?: Row): Promise<Row>;
  action(vendor: string, name: string, fields?: Row): Promise<Row>;
  deliveries(where?: Record<string, string>): Promise<Row[]>;
  resend(id: string): Promise<Row>;
  requests(where?: Record<string, string>): Promise<Row[]>;
  records(vendor: string, kind: string, where?: Record<string, string>): Promise<Row[]>;
  saveSnapshot(name: string): Promise<Row>;
  restoreSnapshot(name: string): Promise<Row>;
  inbox(vendor: VendorName, options?: EndpointOptions & { statuses?: number[] }): Promise<Inbox>;
  close(): Promise<void>;
}

export interface Webhook extends Check {
  headers: IncomingHttpHeaders;
  raw: Buffer;
  /** The parsed body; undefined for one that is not JSON. */
  body: any;
  /** The status that it was answered with. */
  status: number;
}

export class Inbox {
  constructor(vendor: VendorName | Scheme, statuses?: number[]);
  secret: string;
  /** Every webhook so far. */
  readonly received: Webhook[];
  listen(): Promise<string>;
  next(timeoutMs?: number): Promise<Webhook>;
  close(): Promise<void>;
}
