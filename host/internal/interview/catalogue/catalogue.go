// Package catalogue knows the organisations and jobs that ship with the host, and finds them by the names that people use. It
// asks no questions itself.
package catalogue

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"github.com/visavis-dev/visavis/host/internal/interview/questions"
)

// OrgType is a kind of organisation with what there is of it, in the order of the document.
type OrgType struct {
	// Name is 일반기업 or 병원; Title is its English name.
	Name, Title   string
	Organisations []Organisation
	Jobs          []Job
}

// Organisation is one that interviews can be for.
type Organisation struct {
	ID      string
	OrgType string
	Name    string
	// Aliases are other spellings, the English name first.
	Aliases  []string
	Industry string
	// Values and Themes are what it stands for and what its interviewers talk about.
	Values, Themes []string
}

// In gives the name in a language; the first alias is the English one.
func (o Organisation) In(language string) string {
	if language == "en" && len(o.Aliases) > 0 {
		return o.Aliases[0]
	}
	return o.Name
}

// Job is one that interviews can be for.
type Job struct {
	ID string
	// Name is the document's, Title the English one.
	Name, Title string
	// Questions in each language.
	Questions map[string]int
}

// Catalogue is everything that ships. It is not changed after Load.
type Catalogue struct {
	OrgTypes []OrgType
}

// section is an entry of catalogue.yaml.
type section struct {
	OrgType       string   `yaml:"org_type"`
	Title         string   `yaml:"title"`
	Organisations []string `yaml:"organisations"`
	Jobs          []string `yaml:"jobs"`
}

// profile is a file of an organisation: what it is, and questions of its own.
type profile struct {
	ID          string      `yaml:"id"`
	OrgType     string      `yaml:"org_type"`
	CompanyName string      `yaml:"company_name"`
	Aliases     []string    `yaml:"aliases"`
	Industry    string      `yaml:"industry"`
	Values      []string    `yaml:"values"`
	Themes      []string    `yaml:"themes"`
	Questions   []yaml.Node `yaml:"questions"`
}

// Load reads what ships: catalogue.yaml, and the files that it names. The sets of jobs come first, then those of organisations.
func Load(files fs.FS) (*Catalogue, []questions.Set, error) {
	var sections []section
	if err := decode(files, "catalogue.yaml", &sections); err != nil {
		return nil, nil, err
	}
	c := &Catalogue{}
	var sets []questions.Set
	for _, s := range sections {
		o := OrgType{Name: s.OrgType, Title: s.Title}
		for _, id := range s.Jobs {
			job, of, err := loadJob(files, id)
			if err != nil {
				return nil, nil, err
			}
			o.Jobs, sets = append(o.Jobs, job), append(sets, of...)
		}
		for _, id := range s.Organisations {
			organisation, of, err := loadOrganisation(files, id)
			if err != nil {
				return nil, nil, err
			}
			o.Organisations, sets = append(o.Organisations, organisation), append(sets, of)
		}
		c.OrgTypes = append(c.OrgTypes, o)
	}
	return c, sets, nil
}

func loadJob(files fs.FS, id string) (Job, []questions.Set, error) {
	job := Job{ID: id, Questions: map[string]int{}}
	var sets []questions.Set
	for _, language := range []string{"ko", "en"} {
		name := path.Join(language, id+".yaml")
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return Job{}, nil, fmt.Errorf("read question set: %w", err)
		}
		set, err := questions.ParseYAML(raw)
		if err != nil {
			return Job{}, nil, fmt.Errorf("read question set %s: %w", name, err)
		}
		if set.Title != "" {
			job.Title = set.Title
		}
		job.Name = set.JobName
		job.Questions[language] = len(set.Questions)
		sets = append(sets, set)
	}
	return job, sets, nil
}

func loadOrganisation(files fs.FS, id string) (Organisation, questions.Set, error) {
	var p profile
	name := path.Join("organisations", id+".yaml")
	if err := decode(files, name, &p); err != nil {
		return Organisation{}, questions.Set{}, err
	}
	raw, err := yaml.Marshal(map[string]any{
		"id": p.ID, "language": "ko", "org_type": p.OrgType, "company_name": p.CompanyName, "questions": p.Questions,
	})
	if err != nil {
		return Organisation{}, questions.Set{}, fmt.Errorf("read questions of %s: %w", name, err)
	}
	set, err := questions.ParseYAML(raw)
	if err != nil {
		return Organisation{}, questions.Set{}, fmt.Errorf("read questions of %s: %w", name, err)
	}
	return Organisation{
		ID: p.ID, OrgType: p.OrgType, Name: p.CompanyName, Aliases: p.Aliases, Industry: p.Industry, Values: p.Values, Themes: p.Themes,
	}, set, nil
}

func decode(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read catalogue: %s: %w", name, err)
	}
	return nil
}

// Known tells whether an organisation type is one of the document's.
func (c *Catalogue) Known(orgType string) bool {
	for _, o := range c.OrgTypes {
		if o.Name == orgType {
			return true
		}
	}
	return false
}

// Organisation finds one by its name or an alias, however it is spaced; false is one that does not ship.
func (c *Catalogue) Organisation(orgType, name string) (Organisation, bool) {
	wanted := fold(name)
	if wanted == "" {
		return Organisation{}, false
	}
	for _, o := range c.OrgTypes {
		if o.Name != orgType {
			continue
		}
		for _, organisation := range o.Organisations {
			for _, known := range append([]string{organisation.Name}, organisation.Aliases...) {
				if fold(known) == wanted {
					return organisation, true
				}
			}
		}
	}
	return Organisation{}, false
}

// Job finds one by its name or its English title, however it is spaced; false is one that does not ship.
func (c *Catalogue) Job(orgType, name string) (Job, bool) {
	wanted := fold(name)
	for _, o := range c.OrgTypes {
		if o.Name != orgType {
			continue
		}
		for _, job := range o.Jobs {
			if wanted != "" && (fold(job.Name) == wanted || fold(job.Title) == wanted) {
				return job, true
			}
		}
	}
	return Job{}, false
}

// fold makes names alike that differ in spaces, marks between words, case or form alone.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t·-_/()&.,㈜", r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name)))
}
