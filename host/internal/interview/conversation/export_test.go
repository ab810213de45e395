package conversation

import (
	"context"
	"fmt"
)

// TakeNothing makes the file refuse what a full disk refuses, or take it again.
func TakeNothing(ctx context.Context, s *Store, refuse bool) error {
	_, err := s.db.ExecContext(ctx, fmt.Sprintf("PRAGMA query_only = %t", refuse))
	return err
}
