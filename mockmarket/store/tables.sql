-- The tables that the core keeps in a world's database, as version 5 of the schema has them. This file never changes: every later
-- change is a step in `schema.STEPS`.

CREATE TABLE meta (name TEXT PRIMARY KEY, value);
CREATE TABLE setting (vendor TEXT, name TEXT, value TEXT, PRIMARY KEY (vendor, name));

CREATE TABLE venue (id TEXT PRIMARY KEY, name TEXT NOT NULL, city TEXT, zone TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE event (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, venue TEXT NOT NULL REFERENCES venue, starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL, status TEXT NOT NULL CHECK (status IN ('scheduled', 'cancelled')), data TEXT NOT NULL);
CREATE TABLE stock (
  id TEXT PRIMARY KEY, event TEXT NOT NULL REFERENCES event, kind TEXT NOT NULL CHECK (kind IN ('seated', 'general')),
  section TEXT NOT NULL, row TEXT NOT NULL, first_seat INTEGER, total INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0,
  sold INTEGER NOT NULL DEFAULT 0, price INTEGER NOT NULL, currency TEXT NOT NULL, split TEXT NOT NULL, data TEXT NOT NULL,
  CHECK (held >= 0 AND sold >= 0 AND held + sold <= total));
CREATE INDEX stock_event ON stock (event);
CREATE TABLE claim (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stock TEXT NOT NULL REFERENCES stock, vendor TEXT NOT NULL, record TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'sold')), quantity INTEGER NOT NULL CHECK (quantity > 0));
CREATE INDEX claim_record ON claim (vendor, record);
CREATE TABLE seat (
  stock TEXT NOT NULL REFERENCES stock, number INTEGER NOT NULL, claim INTEGER NOT NULL REFERENCES claim,
  PRIMARY KEY (stock, number)) WITHOUT ROWID;
CREATE INDEX seat_claim ON seat (claim);
CREATE TABLE stock_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, stock TEXT NOT NULL, what TEXT NOT NULL,
  quantity INTEGER NOT NULL, vendor TEXT NOT NULL, record TEXT NOT NULL, seats TEXT NOT NULL);
CREATE INDEX stock_change_stock ON stock_change (stock);

CREATE TABLE key (
  id TEXT PRIMARY KEY, vendor TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
  hash TEXT NOT NULL, hint TEXT NOT NULL, scopes TEXT NOT NULL, ip_allowlist TEXT NOT NULL, callback_url TEXT,
  expires_at INTEGER, last_used_at INTEGER, created_at INTEGER NOT NULL, owner TEXT NOT NULL,
  UNIQUE (hash, vendor));
CREATE TABLE endpoint (
  id TEXT PRIMARY KEY, vendor TEXT NOT NULL, owner TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL,
  types TEXT, headers TEXT NOT NULL, basic_auth TEXT NOT NULL DEFAULT '', active INTEGER NOT NULL, disabled_reason TEXT,
  failures INTEGER NOT NULL,
  mutes INTEGER NOT NULL, muted_until INTEGER, old_secrets TEXT NOT NULL DEFAULT '[]', created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX endpoint_vendor ON endpoint (vendor);

CREATE TABLE notice (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL, vendor TEXT NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL,
  record TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL, cause TEXT);
CREATE INDEX notice_record ON notice (vendor, kind, record);
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, notice INTEGER NOT NULL REFERENCES notice,
  endpoint TEXT NOT NULL, body BLOB, state TEXT NOT NULL, why TEXT NOT NULL,
  subject TEXT, batch TEXT, untried INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
  due INTEGER, attempts INTEGER NOT NULL DEFAULT 0,
  resends INTEGER NOT NULL DEFAULT 0, resuming TEXT, owner TEXT, at INTEGER NOT NULL, settled_at INTEGER, reason TEXT NOT NULL DEFAULT '');
CREATE INDEX delivery_ready ON delivery (endpoint, due, id) WHERE state = 'pending' AND blocked = 0;
CREATE INDEX delivery_subject ON delivery (endpoint, subject, id) WHERE untried = 1;
CREATE INDEX delivery_batch ON delivery (endpoint, batch, id) WHERE untried = 1;
CREATE INDEX delivery_sending ON delivery (endpoint) WHERE state = 'sending';
CREATE INDEX delivery_notice ON delivery (notice);
CREATE INDEX delivery_endpoint ON delivery (endpoint, id);
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY AUTOINCREMENT, delivery INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE, number INTEGER NOT NULL,
  why TEXT NOT NULL, at INTEGER NOT NULL, wall_at INTEGER NOT NULL, stamp INTEGER NOT NULL, url TEXT NOT NULL,
  request_headers TEXT NOT NULL, status INTEGER, answer_headers TEXT NOT NULL, answer_body BLOB NOT NULL,
  truncated INTEGER NOT NULL, error TEXT, elapsed_ms REAL NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
  fault TEXT, body BLOB);
CREATE INDEX attempt_delivery ON attempt (delivery);
CREATE TABLE timer (
  id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL, due INTEGER NOT NULL,
  UNIQUE (vendor, name, record));
CREATE INDEX timer_due ON timer (due, id);
CREATE TABLE repeat (
  id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, at INTEGER NOT NULL,
  status INTEGER NOT NULL, answer BLOB NOT NULL, UNIQUE (owner, key));
CREATE INDEX repeat_at ON repeat (at);
