package api

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// registerFiles serves what generations made. huma would read the files into memory, so that they are served beside it.
func (s *server) registerFiles(mux *http.ServeMux, api huma.API) {
	s.registerFile(mux, api, generation.Video, "video/mp4", call{
		id: "video", method: http.MethodGet, path: "/video/{name}", tag: "files", summary: "비디오 파일 · A video",
		description: "생성된 비디오입니다. H.264와 AAC, 25 fps.\n\nRange, HEAD and If-None-Match are understood. Files expire, after a day by default.",
	})
	s.registerFile(mux, api, generation.Audio, "audio/wav", call{
		id: "audio", method: http.MethodGet, path: "/assets/audio/{name}", tag: "files", summary: "음성 파일 · A sound file",
		description: "생성된 음성입니다. WAV, PCM 16비트 모노.\n\nRange, HEAD and If-None-Match are understood. Files expire, after a day by default.",
	})
	s.registerPreview(mux, api)
	s.registerLoop(mux, api)
}

func (s *server) registerPreview(mux *http.ServeMux, api huma.API) {
	c := call{
		id: "avatar_preview", method: http.MethodGet, path: "/api/avatars/{id}/preview", tag: "catalogue", summary: "아바타 미리보기 · A picture of an avatar",
		description: "말하지 않을 때의 모습입니다. JPEG.\n\nThe avatar at rest, in the size of its videos.",
		fails:       []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}
	mux.HandleFunc(c.method+" "+c.path, func(w http.ResponseWriter, r *http.Request) {
		picture, changed, err := s.Previews.Preview(r.Context(), r.PathValue("id"))
		if err != nil {
			fail(w, r, translate(s.report(r.Context(), err)))
			return
		}
		served{contentType: "image/jpeg", sum: fmt.Sprintf("%x", sha256.Sum256(picture)), changed: changed}.to(w, r, bytes.NewReader(picture))
	})
	op := operation(api, c)
	op.Responses["200"].Content = map[string]*huma.MediaType{"image/jpeg": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	op.Responses["304"] = &huma.Response{Description: "바뀌지 않음 (the client has it)"}
	op.Parameters = []*huma.Param{avatarParam()}
	api.OpenAPI().AddOperation(&op)
}

func (s *server) registerLoop(mux *http.ServeMux, api huma.API) {
	c := call{
		id: "avatar_loop", method: http.MethodGet, path: "/api/avatars/{id}/loops/{name}", tag: "catalogue", summary: "쉬는 모습의 영상 · A face at rest",
		description: "말하지 않을 때 이어서 반복 재생하는 영상입니다. H.264, 소리 없음, 25 fps.\n\n" +
			"The last frame leads into the first. An avatar's `loops` name what it has: `talk`, and perhaps `listen` and `think`; avatars of pictures " +
			"have none. The size is that of the films, which may be larger than that of the avatar's videos. Range, HEAD and If-None-Match are understood.",
		fails: []int{http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable},
	}
	mux.HandleFunc(c.method+" "+c.path, func(w http.ResponseWriter, r *http.Request) {
		film, sum, err := s.Previews.Loop(r.PathValue("id"), r.PathValue("name"))
		if err != nil {
			fail(w, r, translate(s.report(r.Context(), err)))
			return
		}
		defer func() { _ = film.Close() }()
		info, err := film.Stat()
		if err != nil {
			fail(w, r, translate(s.report(r.Context(), err)))
			return
		}
		served{contentType: "video/mp4", sum: sum, changed: info.ModTime()}.to(w, r, film)
	})
	op := operation(api, c)
	inParts(&op, "video/mp4")
	op.Parameters = []*huma.Param{avatarParam(), {
		Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Example: "listen",
		Description: "영상 이름. As in the avatar's loops",
	}, rangeParam()}
	api.OpenAPI().AddOperation(&op)
}

// served is what a client keeps of an avatar, and asks for again to see whether it changed.
type served struct {
	contentType, sum string
	changed          time.Time
}

func (s served) to(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) {
	w.Header().Set("Content-Type", s.contentType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+s.sum+`"`)
	http.ServeContent(rangesOf(w, r), r, "", s.changed, content)
}

func (s *server) registerFile(mux *http.ServeMux, api huma.API, kind generation.ArtefactKind, contentType string, c call) {
	mux.HandleFunc(c.method+" "+c.path, func(w http.ResponseWriter, r *http.Request) {
		if err := s.Files.Serve(rangesOf(w, r), r, kind, r.PathValue("name")); err != nil {
			fail(w, r, noFile())
		}
	})
	c.fails = []int{http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable}
	op := operation(api, c)
	inParts(&op, contentType)
	op.Parameters = []*huma.Param{
		{Name: "name", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "파일 이름. As in video_url or audio_url"},
		rangeParam(),
	}
	api.OpenAPI().AddOperation(&op)
}

// inParts documents a file of which a part may be asked for.
func inParts(op *huma.Operation, contentType string) {
	content := map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	op.Responses["200"].Content = content
	op.Responses["206"] = &huma.Response{Description: "요청한 범위 (the range asked for)", Content: content}
	op.Responses["304"] = &huma.Response{Description: "바뀌지 않음 (the client has it)"}
}

func rangeParam() *huma.Param {
	return &huma.Param{
		Name: "Range", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Example: "bytes=0-1023",
		Description: "원하는 범위. The part that is asked for; without it all",
	}
}

func avatarParam() *huma.Param {
	return &huma.Param{
		Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Example: "talk_long_720p",
		Description: "아바타 이름. An id, or a base name",
	}
}

// rangesOf is where an answer goes of which a part may be asked for. A unit that is not known does not count.
func rangesOf(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	if unit, _, _ := strings.Cut(r.Header.Get("Range"), "="); unit != "bytes" {
		r.Header.Del("Range")
	}
	return &ranged{ResponseWriter: w, request: r}
}

// ranged tells of a range that a file does not have as of any other error.
type ranged struct {
	http.ResponseWriter
	request *http.Request
	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (r *ranged) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		r.ResponseWriter.WriteHeader(status)
		return
	}
	r.refused = true
	r.Header().Del("Content-Length")
	fail(r.ResponseWriter, r.request, ofStatus(status))
}

// Write implements http.ResponseWriter.
func (r *ranged) Write(p []byte) (int, error) {
	if r.refused {
		return len(p), nil // said already
	}
	return r.ResponseWriter.Write(p) //nolint:wrapcheck // it is passed on
}

// ReadFrom lets whole files go out without being copied here.
func (r *ranged) ReadFrom(from io.Reader) (int64, error) {
	return io.Copy(r.ResponseWriter, from) //nolint:wrapcheck // it is passed on
}
