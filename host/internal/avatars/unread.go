package avatars

import (
	"fmt"
	"slices"
	"strings"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// The packs that are there and whole, but of formats that the deployment's lipsync engine does not read.

// without takes out the packs whose avatars can be shown after all, from another pack of their id; shown has its folder.
func without(unread []Pack, shown map[string]string) []Pack {
	return slices.DeleteFunc(unread, func(p Pack) bool { return shown[p.ID] != "" })
}

// tellUnread names them in the log, once as long as they and what is read stay the same.
func (s *Shelf) tellUnread(unread []Pack, formats []string) {
	if len(unread) == 0 {
		return
	}
	var ids []string
	for _, p := range unread {
		ids = append(ids, fmt.Sprintf("%s (%s)", p.ID, p.Format))
	}
	slices.Sort(ids)
	avatars, reads := strings.Join(slices.Compact(ids), ", "), strings.Join(formats, ", ")
	if key := "unread " + avatars + " / " + reads; !s.told[key] {
		s.told[key] = true
		s.logger.Warn("avatars are left out: the lipsync engine does not read their packs", "avatars", avatars, "engine_reads", reads)
	}
}

// unshown is the fault of a request whose avatar is on no list: unread is the pack that it means, if there is one.
func unshown(unread []Pack, means func(Pack) bool, err error) error {
	at := slices.IndexFunc(unread, means)
	if at < 0 {
		return notFound(err)
	}
	format := unread[at].Format
	return fault.New(fault.NotFound, "find avatar", fmt.Sprintf("배포된 립싱크 엔진이 이 아바타의 형식(%s)을 지원하지 않습니다", format),
		fmt.Errorf("pack %q is of format %s, which the lipsync engine does not read", unread[at].ID, format))
}
