// Package conversation keeps what was said in interviews, for a while, in a file that survives a restart. It does not know
// who talks.
package conversation

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/visavis-dev/visavis/sdk/fault"
)

//go:embed schema.sql
var schema string

// version of the schema; a file of another version is begun anew.
const version = 1

// MaxMessages of a conversation that are kept; older ones are dropped.
const MaxMessages = 1000

// Options of a Store. Zero values take the defaults beside them.
type Options struct {
	// Path of the file; required.
	Path string
	// Keep is how long a conversation stays after its last turn: 1 hour.
	Keep time.Duration
	// KeepFiles is how long is known whose a file was: 24 hours.
	KeepFiles time.Duration
	// MaxConversations bounds those that are kept; the oldest goes first: 10,000.
	MaxConversations int
	// Now is the clock: time.Now.
	Now func() time.Time
}

// Store is all conversations. Safe for concurrent use.
type Store struct {
	options Options
	db      *sql.DB
}

// Message is what one side said.
type Message struct {
	// Role is user or assistant.
	Role    string
	Content string
	At      time.Time
}

// Turn is what was said, and what was answered.
type Turn struct {
	// SID names the session for Transcript and Forget.
	SID string
	// Asked and Answered tell when.
	User      string
	Asked     time.Time
	Assistant string
	Answered  time.Time
}

// Open opens the file, or makes it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Keep <= 0 {
		o.Keep = time.Hour
	}
	if o.KeepFiles <= 0 {
		o.KeepFiles = 24 * time.Hour
	}
	if o.MaxConversations <= 0 {
		o.MaxConversations = 10000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	options := url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "secure_delete(1)",
	}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: o.Path}).EscapedPath()+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("open conversations: %w", err)
	}
	db.SetMaxOpenConns(1) // one writer at a time is all that the file allows
	s := &Store{options: o, db: db}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open conversations %q: %w", o.Path, err), db.Close())
	}
	if err := errors.Join(s.sweep(ctx), s.wipe(ctx)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	var have int
	if err := s.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err //nolint:wrapcheck // Open says what was done
	}
	if have != 0 && have != version {
		return fmt.Errorf("the file is of version %d, this host writes %d: move it away", have, version)
	}
	_, err := s.db.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA user_version = %d;", version))
	return err //nolint:wrapcheck // Open says what was done
}

// Close closes the file.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close conversations: %w", err)
	}
	return nil
}

func hash(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

func (s *Store) oldest() int64 { return s.options.Now().Add(-s.options.Keep).UnixMilli() }

// History gives the last messages of a conversation, oldest first, at most limit; none when there is no such one.
func (s *Store) History(ctx context.Context, key string, limit int) ([]Message, error) {
	return s.messages(ctx, `SELECT role, content, at FROM (
		SELECT m.id, m.role, m.content, m.at FROM messages m JOIN conversations c ON c.id = m.conversation
		WHERE c.key = ? AND c.last > ? ORDER BY m.id DESC LIMIT ?) ORDER BY id`, hash(key), s.oldest(), limit)
}

func (s *Store) messages(ctx context.Context, query string, args ...any) (all []Message, err error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read conversation: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var m Message
		var at int64
		if err := rows.Scan(&m.Role, &m.Content, &at); err != nil {
			return nil, fmt.Errorf("read conversation: %w", err)
		}
		m.At = time.UnixMilli(at)
		all = append(all, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read conversation: %w", err)
	}
	return all, nil
}

// Remember adds a turn to a conversation and begins it when there is none.
func (s *Store) Remember(ctx context.Context, key string, t Turn) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		now := s.options.Now().UnixMilli()
		if _, err := tx.ExecContext(ctx, "DELETE FROM conversations WHERE key = ? AND last <= ?", hash(key), s.oldest()); err != nil {
			return err //nolint:wrapcheck // change says what was done
		}
		var id int64
		if err := tx.QueryRowContext(ctx, `INSERT INTO conversations (key, sid, started, last) VALUES (?, ?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET last = excluded.last, sid = excluded.sid RETURNING id`, hash(key), t.SID, t.Asked.UnixMilli(), now).Scan(&id); err != nil {
			return err //nolint:wrapcheck // change says what was done
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO messages (conversation, role, content, at) VALUES (?, 'user', ?, ?), (?, 'assistant', ?, ?)",
			id, t.User, t.Asked.UnixMilli(), id, t.Assistant, t.Answered.UnixMilli()); err != nil {
			return err //nolint:wrapcheck // change says what was done
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM messages WHERE conversation = ? AND id <= (
			SELECT id FROM messages WHERE conversation = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`, id, id, MaxMessages)
		return err //nolint:wrapcheck // change says what was done
	})
	if err != nil {
		return err
	}
	return s.sweep(ctx)
}

// change does several things or none.
func (s *Store) change(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("change conversations: %w", err)
	}
	if err := do(tx); err != nil {
		return errors.Join(noRoom("change conversations", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return noRoom("change conversations", err)
	}
	return nil
}

// noRoom makes a fault of a disk that takes nothing; any other error is a defect.
func noRoom(op string, err error) error {
	if e, is := errors.AsType[*sqlite.Error](err); is {
		switch e.Code() & 0xff { // what is above tells more
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR:
			return fault.New(fault.Unavailable, op, "대화를 저장하거나 지울 수 없습니다. 서버의 저장 공간을 확인해 주세요", err)
		}
	}
	return fmt.Errorf("%s: %w", op, err)
}

// sweep drops what has expired, and the oldest when there are too many.
func (s *Store) sweep(ctx context.Context) error {
	for _, step := range []struct {
		statement string
		argument  any
	}{
		{"DELETE FROM conversations WHERE last <= ?", s.oldest()},
		{"DELETE FROM conversations WHERE id IN (SELECT id FROM conversations ORDER BY last DESC, id DESC LIMIT -1 OFFSET ?)", s.options.MaxConversations},
		{"DELETE FROM files WHERE at <= ?", s.options.Now().Add(-s.options.KeepFiles).UnixMilli()},
	} {
		if _, err := s.db.ExecContext(ctx, step.statement, step.argument); err != nil {
			return fmt.Errorf("sweep conversations: %w", err)
		}
	}
	return nil
}

// Clear forgets a conversation by its key.
func (s *Store) Clear(ctx context.Context, key string) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM conversations WHERE key = ?", hash(key)); err != nil {
		return noRoom("clear conversation", err)
	}
	return s.wipe(ctx)
}

// wipe empties the journal, where what was deleted would stand until it is written over.
func (s *Store) wipe(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return noRoom("empty journal of conversations", err)
	}
	return nil
}

// Transcript is what was said in a session.
type Transcript struct {
	SID           string
	Started, Last time.Time
	Messages      []Message
}

// Transcript gives what is kept of a session, if one of the keys is its own; fault.NotFound when that is nothing.
func (s *Store) Transcript(ctx context.Context, sid string, keys ...string) (Transcript, error) {
	t := Transcript{SID: sid}
	var id, started, last int64
	in, args := oneOf(keys)
	err := s.db.QueryRowContext(ctx, "SELECT id, started, last FROM conversations WHERE sid = ? AND last > ? AND key IN "+in+" ORDER BY last DESC LIMIT 1",
		append([]any{sid, s.oldest()}, args...)...).Scan(&id, &started, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return t, fault.New(fault.NotFound, "read transcript", "저장된 대화가 없습니다", fmt.Errorf("session: %w", err))
	}
	if err != nil {
		return t, fmt.Errorf("read transcript: %w", err)
	}
	t.Started, t.Last = time.UnixMilli(started), time.UnixMilli(last)
	t.Messages, err = s.messages(ctx, "SELECT role, content, at FROM messages WHERE conversation = ? ORDER BY id", id)
	return t, err
}
