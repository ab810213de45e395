package questions

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
	"go.yaml.in/yaml/v3"

	"github.com/visavis-dev/visavis/sdk/fault"
)

// isSet tells whether a file is a set by its name. Those that are being written begin with a dot.
func isSet(path string) bool {
	name := filepath.Base(path)
	return !strings.HasPrefix(name, ".") && slices.Contains([]string{".yaml", ".yml", ".json", ".csv"}, kindOf(name))
}

// kindOf is what a name ends in; some programs write .CSV.
func kindOf(name string) string { return strings.ToLower(filepath.Ext(name)) }

func (l *Library) path(name string) string { return filepath.Join(l.options.Dir, name) }

// names gives the users' files in their order: of two with one id the first counts.
func (l *Library) names() []string { return slices.Sorted(maps.Keys(l.files)) }

// reload reads what changed in the users' folder. A file that is wrong leaves the set that it held before.
func (l *Library) reload() {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries, err := os.ReadDir(l.options.Dir)
	if err != nil {
		l.options.Logger.Error("read folder of question sets", "error", err)
		return
	}
	files, refused := map[string]file{}, []Refused(nil)
	for _, entry := range entries {
		name := entry.Name()
		if !isSet(name) {
			continue
		}
		before, known := l.files[name]
		f, err := l.read(name, before)
		if err == nil && len(files) >= MaxSets {
			err = tooMany("read question set")
		}
		if err == nil {
			files[name] = f
			continue
		}
		if known {
			files[name] = before
		}
		refused = append(refused, Refused{File: name, Reason: cmp.Or(fault.HintOf(err), "파일을 읽을 수 없습니다. 권한을 확인해 주세요")})
		l.options.Logger.Warn("question set is refused", "file", name, "error", err)
	}
	refused = append(refused, doubles(files)...)
	l.files, l.refused = files, refused
	l.publish()
}

// doubles tells of sets that another file of the same id hides.
func doubles(files map[string]file) []Refused {
	var all []Refused
	first := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		id := files[name].set.ID
		if other, taken := first[id]; taken {
			all = append(all, Refused{File: name, Reason: fmt.Sprintf("%q라는 id는 %s 파일에 이미 있습니다", id, other)})
			continue
		}
		first[id] = name
	}
	return all
}

// read reads a file unless it is as it was.
func (l *Library) read(name string, before file) (file, error) {
	info, err := os.Lstat(l.path(name))
	if err != nil {
		return file{}, fmt.Errorf("look at %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return file{}, fault.New(fault.Invalid, "read question set", "일반 파일이 아닙니다", fmt.Errorf("%s is %s", name, info.Mode().Type()))
	}
	if before.size == info.Size() && before.changed.Equal(info.ModTime()) {
		return before, nil
	}
	opened, err := os.Open(l.path(name))
	if err != nil {
		return file{}, fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { _ = opened.Close() }()
	raw, err := io.ReadAll(io.LimitReader(opened, MaxBytes+1))
	if err != nil {
		return file{}, fmt.Errorf("read %s: %w", name, err)
	}
	set, err := parse(name, raw)
	return file{set: set, size: info.Size(), changed: info.ModTime()}, err
}

// parse reads a file by the kind that its name says.
func parse(name string, raw []byte) (Set, error) {
	if kindOf(name) == ".csv" {
		return ParseCSV(raw, headOf(name))
	}
	return ParseYAML(raw)
}

// headOf reads what a table cannot say from its file's name: <org_type>_<job_name>.csv, or <job_name>.csv.
func headOf(name string) Set {
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	sum := sha256.Sum256([]byte(stem))
	head := Set{ID: "csv-" + hex.EncodeToString(sum[:4]), Title: stem, JobName: stem}
	for _, orgType := range []string{"일반기업", "병원"} {
		if job, cut := strings.CutPrefix(stem, orgType+"_"); cut {
			head.OrgType, head.JobName = orgType, job
		}
	}
	if idPattern.MatchString(stem) {
		head.ID = stem
	}
	return head
}

// keep writes a set to the users' folder.
func (l *Library) keep(s Set) error {
	before, known := l.fileOf(s.ID)
	if !known && len(l.files) >= MaxSets {
		return tooMany("keep question set")
	}
	raw, err := encode(s)
	if err != nil {
		return err
	}
	name := before
	if kindOf(before) != ".yaml" { // what was dropped there in another form becomes a set in full
		if name, err = l.freeName(s.ID); err != nil {
			return err
		}
	}
	if err := renameio.WriteFile(l.path(name), raw, 0o600); err != nil {
		return fault.New(fault.Unavailable, "write question set", "질문셋을 저장할 수 없습니다. 서버의 저장 공간을 확인해 주세요", err)
	}
	if known && before != name {
		if err := os.Remove(l.path(before)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("replace %s: %w", before, err)
		}
		delete(l.files, before)
	}
	info, err := os.Lstat(l.path(name))
	if err != nil {
		return fmt.Errorf("look at question set: %w", err)
	}
	s.BuiltIn = false
	l.files[name] = file{set: s, size: info.Size(), changed: info.ModTime()}
	l.refused = slices.DeleteFunc(l.refused, func(r Refused) bool { return r.File == name })
	l.publish()
	return nil
}

// fileOf finds the file whose set counts for an id: the first.
func (l *Library) fileOf(id string) (name string, found bool) {
	for _, name := range l.names() {
		if l.files[name].set.ID == id {
			return name, true
		}
	}
	return "", false
}

// freeName gives a name for the file of a set that no other file has: a user's file of that name may hold another set, or
// be one that is being mended.
func (l *Library) freeName(id string) (string, error) {
	for n := range MaxSets + 1 {
		name := id + ".yaml"
		if n > 0 {
			name = fmt.Sprintf("%s.%d.yaml", id, n+1)
		}
		if _, err := os.Lstat(l.path(name)); os.IsNotExist(err) {
			return name, nil
		}
	}
	return "", fmt.Errorf("find a free name for question set %q", id)
}

func tooMany(op string) error {
	return fault.New(fault.Invalid, op, fmt.Sprintf("질문셋은 %d개까지 추가할 수 있습니다", MaxSets), nil)
}

// written is a set as files have it.
type written struct {
	ID          string     `yaml:"id"`
	Title       string     `yaml:"title,omitempty"`
	Language    string     `yaml:"language"`
	OrgType     string     `yaml:"org_type"`
	JobName     string     `yaml:"job_name,omitempty"`
	CompanyName string     `yaml:"company_name,omitempty"`
	Questions   []question `yaml:"questions"`
}

type question struct {
	ID         string   `yaml:"id"`
	Level      Level    `yaml:"level"`
	Competency string   `yaml:"competency"`
	Question   string   `yaml:"question"`
	Strong     string   `yaml:"strong,omitempty"`
	FollowUps  []string `yaml:"follow_ups,omitempty"`
	Keywords   []string `yaml:"keywords,omitempty,flow"`
}

func encode(s Set) ([]byte, error) {
	w := written{ID: s.ID, Title: s.Title, Language: s.Language, OrgType: s.OrgType, JobName: s.JobName, CompanyName: s.CompanyName}
	for _, q := range s.Questions {
		w.Questions = append(w.Questions, question{
			ID: q.ID, Level: q.Level, Competency: q.Competency, Question: q.Text, Strong: q.Strong, FollowUps: q.FollowUps, Keywords: q.Keywords,
		})
	}
	raw, err := yaml.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("write question set: %w", err)
	}
	return raw, nil
}
