package api

import (
	"net/http"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

func (s *server) registerFiles(mux *http.ServeMux) {
	for path, kind := range map[string]generation.ArtefactKind{"/video/": generation.Video, "/assets/audio/": generation.Audio} {
		mux.HandleFunc("GET "+path+"{name}", func(w http.ResponseWriter, r *http.Request) {
			if err := s.Files.Serve(w, r, kind, r.PathValue("name")); err != nil {
				fail(w, r, &problem{status: http.StatusNotFound, code: "not_found", message: "파일을 찾을 수 없습니다"})
			}
		})
	}
}
