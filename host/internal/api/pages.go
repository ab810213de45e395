package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// pages holds the studio and the documentation: everything that a browser needs, without any other host.
//
//go:embed studio docsui
var pages embed.FS

// policy lets pages load from this host alone.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:; " +
	"font-src 'self' data:; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func guardPage(header http.Header) {
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "no-referrer")
}

func (s *server) registerPages(mux *http.ServeMux, api huma.API) {
	mux.Handle("GET /openapi.json", s.document("application/openapi+json", api, JSON))
	mux.Handle("GET /openapi.yaml", s.document("application/openapi+yaml", api, YAML))
	mux.Handle("GET /{$}", s.page("studio/index.html"))
	mux.Handle("GET /docs", s.docs())
	for _, folder := range []string{"studio", "docsui"} {
		entries, err := fs.ReadDir(pages, folder)
		if err != nil {
			panic(fmt.Sprintf("embedded folder %q: %v", folder, err)) // a fault of the build
		}
		for _, e := range entries {
			if name := path.Join(folder, e.Name()); path.Ext(name) != ".html" {
				mux.Handle("GET /"+name, s.page(name))
			}
		}
	}
}

// document encodes when somebody asks first, so that the host is up sooner.
func (s *server) document(contentType string, api huma.API, encode func(*huma.OpenAPI) ([]byte, error)) http.Handler {
	return s.content(contentType, func() ([]byte, error) { return encode(api.OpenAPI()) })
}

// docs is the page that shows the document, and locks in it where keys are asked for.
func (s *server) docs() http.Handler {
	return s.content("text/html; charset=utf-8", func() ([]byte, error) {
		page, err := fs.ReadFile(pages, "docsui/index.html")
		if s.Keys.Needed() {
			page = bytes.Replace(page, []byte("<body>"), []byte("<body data-keys>"), 1)
		}
		return page, err //nolint:wrapcheck // content logs it with its path
	})
}

func (s *server) page(name string) http.Handler {
	contentType := mime.TypeByExtension(path.Ext(name))
	if contentType == "" {
		contentType = "text/plain; charset=utf-8"
	}
	return s.content(contentType, func() ([]byte, error) { return fs.ReadFile(pages, name) })
}

// asset is content with its tag.
type asset struct {
	raw []byte
	tag string
}

// content serves bytes that change with the build only.
func (s *server) content(contentType string, load func() ([]byte, error)) http.Handler {
	loaded := sync.OnceValues(func() (asset, error) {
		raw, err := load()
		return asset{raw: raw, tag: fmt.Sprintf(`"%x"`, sha256.Sum256(raw))}, err
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := loaded()
		if err != nil {
			s.Logger.Error("load page", "path", r.URL.Path, "error", err)
			fail(w, r, ofStatus(http.StatusInternalServerError))
			return
		}
		header := w.Header()
		guardPage(header)
		header.Set("Content-Type", contentType)
		header.Set("ETag", a.tag)
		header.Set("Cache-Control", "no-cache")
		http.ServeContent(rangesOf(w, r), r, "", time.Time{}, bytes.NewReader(a.raw))
	})
}
