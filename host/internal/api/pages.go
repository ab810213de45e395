package api

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// pages holds the studio and the documentation: everything that a browser needs, without any other host.
//
//go:embed studio docsui
var pages embed.FS

// policy lets pages load from this host alone.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:; " +
	"font-src 'self' data:; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func (s *server) registerPages(mux *http.ServeMux, api huma.API) {
	document := func(contentType string, encode func() ([]byte, error)) http.HandlerFunc {
		raw, err := encode()
		return func(w http.ResponseWriter, r *http.Request) {
			if err != nil {
				s.Logger.Error("encode OpenAPI document", "error", err)
				fail(w, r, ofHuma(http.StatusInternalServerError))
				return
			}
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(raw)
		}
	}
	mux.HandleFunc("GET /openapi.json", document("application/openapi+json", func() ([]byte, error) { return JSON(api.OpenAPI()) }))
	mux.HandleFunc("GET /openapi.yaml", document("application/openapi+yaml", api.OpenAPI().YAML))
	mux.Handle("GET /docs", s.page("docsui/index.html"))
	mux.Handle("GET /docs/", http.StripPrefix("/docs/", guarded(http.FileServerFS(sub("docsui")))))
	mux.Handle("GET /{$}", s.page("studio/index.html"))
	mux.Handle("GET /studio/", http.StripPrefix("/studio/", guarded(http.FileServerFS(sub("studio")))))
}

func sub(dir string) fs.FS {
	inner, err := fs.Sub(pages, dir)
	if err != nil {
		panic(fmt.Sprintf("embedded folder %q: %v", dir, err)) // a fault of the build
	}
	return inner
}

func (s *server) page(name string) http.Handler {
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pages, name)
	}))
}

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
