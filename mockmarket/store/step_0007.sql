-- Tables whose ids AUTOINCREMENT need not count: no id of theirs is used after its row is deleted. Each insert writes a page less.

CREATE TABLE new_claim (
  id INTEGER PRIMARY KEY, stock TEXT NOT NULL REFERENCES stock, vendor TEXT NOT NULL, record TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'sold')), quantity INTEGER NOT NULL CHECK (quantity > 0));
INSERT INTO new_claim SELECT * FROM claim;
DROP TABLE claim;
ALTER TABLE new_claim RENAME TO claim;
CREATE INDEX claim_record ON claim (vendor, record);

CREATE TABLE new_stock_change (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, stock TEXT NOT NULL, what TEXT NOT NULL,
  quantity INTEGER NOT NULL, vendor TEXT NOT NULL, record TEXT NOT NULL, seats TEXT NOT NULL);
INSERT INTO new_stock_change SELECT * FROM stock_change;
DROP TABLE stock_change;
ALTER TABLE new_stock_change RENAME TO stock_change;
CREATE INDEX stock_change_stock ON stock_change (stock);

CREATE TABLE new_notice (
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL, vendor TEXT NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL,
  record TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL, cause TEXT);
INSERT INTO new_notice SELECT * FROM notice;
DROP TABLE notice;
ALTER TABLE new_notice RENAME TO notice;
CREATE INDEX notice_record ON notice (vendor, kind, record);
