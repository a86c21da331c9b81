-- Tasks and schedules. Times are milliseconds since 1970, 0 for none; bodies, notes and faults are JSON.
BEGIN IMMEDIATE;
CREATE TABLE tasks (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT NOT NULL,
  state    TEXT NOT NULL,
  body     TEXT NOT NULL,
  note     TEXT NOT NULL DEFAULT '',
  key      TEXT NOT NULL DEFAULT '',
  schedule TEXT NOT NULL DEFAULT '',
  priority INTEGER NOT NULL DEFAULT 0,
  tries    INTEGER NOT NULL DEFAULT 0,
  canceled INTEGER NOT NULL DEFAULT 0,
  created  INTEGER NOT NULL,
  due      INTEGER NOT NULL,
  begun    INTEGER NOT NULL DEFAULT 0,
  ended    INTEGER NOT NULL DEFAULT 0,
  fault    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX tasks_key ON tasks (kind, key) WHERE key <> '';
CREATE INDEX tasks_waiting ON tasks (priority DESC, due, id) WHERE state = 'waiting';
CREATE INDEX tasks_running ON tasks (id) WHERE state = 'running';
CREATE INDEX tasks_dead ON tasks (id) WHERE state = 'dead';
CREATE INDEX tasks_schedule ON tasks (schedule, id) WHERE schedule <> '';
CREATE TABLE schedules (
  name TEXT PRIMARY KEY,
  times TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  next INTEGER NOT NULL,
  last INTEGER NOT NULL DEFAULT 0,
  task INTEGER NOT NULL DEFAULT 0
) STRICT;
PRAGMA application_id = 0x6b414971;
PRAGMA user_version = 1;
COMMIT;
