-- Conversations that clients do not keep themselves. Keys are hashes: what identifies a client is not written down.
CREATE TABLE IF NOT EXISTS conversations (
  id      INTEGER PRIMARY KEY,
  key     BLOB    NOT NULL UNIQUE,
  sid     TEXT    NOT NULL,
  started INTEGER NOT NULL, -- Unix milliseconds, as all times
  last    INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS conversations_last ON conversations (last);
CREATE INDEX IF NOT EXISTS conversations_sid ON conversations (sid);

CREATE TABLE IF NOT EXISTS messages (
  id           INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  role         TEXT    NOT NULL,
  content      TEXT    NOT NULL,
  at           INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS messages_conversation ON messages (conversation);

-- Files that were made for a session, so that they go when it is forgotten.
CREATE TABLE IF NOT EXISTS files (
  id   INTEGER PRIMARY KEY,
  sid  TEXT    NOT NULL,
  key  BLOB    NOT NULL,
  name TEXT    NOT NULL,
  at   INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS files_sid ON files (sid);
CREATE INDEX IF NOT EXISTS files_at ON files (at);
