// Package sets holds the question sets and the profiles of organisations that ship with the host, as files. It does not
// read them.
package sets

import "embed"

//go:embed catalogue.yaml ko en organisations
var files embed.FS

// Files gives the folders ko and en with a set for each job, and organisations with a profile each.
func Files() embed.FS { return files }
