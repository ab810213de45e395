package interview

import "slices"

// The documented organisation types.
const (
	Company  = "일반기업"
	Hospital = "병원"
)

// KnownOrgType tells whether an organisation type is one of the document's.
func (*Interview) KnownOrgType(name string) bool {
	return slices.Contains([]string{Company, Hospital}, name)
}
