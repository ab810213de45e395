package conversation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// This file knows what belongs to a session, and forgets it.

// oneOf gives a place for each key, and the keys as they are kept.
func oneOf(keys []string) (marks string, args []any) {
	for _, key := range keys {
		args = append(args, hash(key))
	}
	return "(" + strings.TrimSuffix(strings.Repeat("?,", len(keys)), ",") + ")", args
}

// Own notes that files were made for a session of a key.
func (s *Store) Own(ctx context.Context, sid, key string, names ...string) error {
	for _, name := range names {
		if _, err := s.db.ExecContext(ctx, "INSERT INTO files (sid, key, name, at) VALUES (?, ?, ?, ?)", sid, hash(key), name, s.options.Now().UnixMilli()); err != nil {
			return fmt.Errorf("note file of session: %w", err)
		}
	}
	return nil
}

// Files gives the files that were made for a session, if one of the keys is its own.
func (s *Store) Files(ctx context.Context, sid string, keys ...string) (names []string, err error) {
	err = s.change(ctx, func(tx *sql.Tx) error {
		known, err := isOwn(ctx, tx, sid, keys)
		if err != nil || !known {
			return err
		}
		names, err = namesOf(ctx, tx, "SELECT name FROM files WHERE sid = ?", sid)
		return err
	})
	return names, err
}

// Forget drops all that is known of a session, if one of the keys is its own, and gives the files that were made for it.
func (s *Store) Forget(ctx context.Context, sid string, keys ...string) (names []string, err error) {
	err = s.change(ctx, func(tx *sql.Tx) error {
		known, err := isOwn(ctx, tx, sid, keys)
		if err != nil || !known {
			return err
		}
		if names, err = namesOf(ctx, tx, "DELETE FROM files WHERE sid = ? RETURNING name", sid); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM conversations WHERE sid = ?", sid)
		return err //nolint:wrapcheck // change says what was done
	})
	if err == nil {
		err = s.wipe(ctx)
	}
	return names, err
}

func isOwn(ctx context.Context, tx *sql.Tx, sid string, keys []string) (known bool, err error) {
	in, args := oneOf(keys)
	own := append(append(append([]any{sid}, args...), sid), args...)
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM conversations WHERE sid = ? AND key IN "+in+" UNION ALL SELECT 1 FROM files WHERE sid = ? AND key IN "+in+")", own...).Scan(&known)
	return known, err //nolint:wrapcheck // change says what was done
}

func namesOf(ctx context.Context, tx *sql.Tx, query, sid string) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, query, sid)
	if err != nil {
		return nil, err //nolint:wrapcheck // change says what was done
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err //nolint:wrapcheck // change says what was done
		}
		names = append(names, name)
	}
	return names, rows.Err() //nolint:wrapcheck // change says what was done
}
