// Package request reads what clients ask for, checks it, and words why they do not get it. It knows no transport.
package request

import (
	"strings"
	"unicode/utf8"

	"github.com/visavis-dev/visavis/host/internal/generation"
)

// maxCharacters bounds a text or a message.
const maxCharacters = 5000

// HistoryEntry is one message of a conversation that the client keeps.
type HistoryEntry struct {
	Role    string  `json:"role" enum:"user,assistant" doc:"말한 사람. Who said it" example:"user"`
	Content *string `json:"content" nullable:"false" doc:"말한 내용. What was said" example:"안녕하세요, 반갑습니다."`
}

// ChatFields are the fields of every request that an interviewer answers.
type ChatFields struct {
	Message     string          `json:"message" minLength:"1" maxLength:"5000" doc:"현재 사용자 메시지. What the user says" example:"자기소개를 해주세요"`
	History     *[]HistoryEntry `json:"history,omitempty" nullable:"true" doc:"이전 대화 기록 (최대 50턴). 빈 배열이라도 보내면 서버는 대화를 저장하지 않습니다. The conversation so far; when given, even empty, the host keeps nothing"`
	OrgType     string          `json:"org_type,omitempty" doc:"분야. Kind of organisation" enum:"일반기업,병원" default:"일반기업"`
	CompanyName string          `json:"company_name,omitempty" maxLength:"100" doc:"기업/병원명. Company or hospital" example:"삼성전자"`
	JobName     string          `json:"job_name,omitempty" maxLength:"100" doc:"직무명 (설정 시 질문셋 RAG 활성화). Job" example:"개발엔지니어링"`
	Language    string          `json:"language,omitempty" enum:"ko,en" doc:"면접 언어. 생략하면 지원자가 쓰는 언어. Language of the interview; the candidate's when absent"`
}

// FaceFields say whose face is rendered, and how. The schema names no default of Resolution, or generated clients would send it and
// scale down an id's pack; its newest value is last, since they number them.
type FaceFields struct {
	Avatar     string `json:"avatar,omitempty" doc:"아바타 이름 (avatar 또는 avatar_path 중 하나 필수). An id, or a base name that resolution completes" example:"talk_long"`
	AvatarPath string `json:"avatar_path,omitempty" doc:"아바타 경로 (avatar 또는 avatar_path 중 하나 필수). A path under the avatar folders"`
	Resolution string `json:"resolution,omitempty" enum:"720p,480p,360p,1080p" doc:"해상도: 1280×720, 854×480, 640×360, 1920×1080. 기본값은 720p이고, avatar가 아이디이거나 avatar_path를 보내면 그 아바타의 크기입니다. 아바타가 더 작으면 늘리지 않고 가장 큰 것의 크기로 만듭니다. Size of the video. When omitted 720p, or the own size of an avatar that is named by its id or path. Never scaled up: where the avatar has no pack so large, the largest in its own size"`
	FrameSkip  *whole `json:"frame_skip,omitempty" minimum:"1" maximum:"3" default:"1" nullable:"true" doc:"프레임 스킵 (1=없음, 2=절반추론, 3=1/3추론). Every n-th frame is inferred"`
	TTSEngine  string `json:"tts_engine,omitempty" doc:"TTS 엔진. 생략하면 설정된 첫 번째 엔진. Omitted: the first that is configured" example:"espeak"`
	TTSVoice   string `json:"tts_voice,omitempty" doc:"음성 종류. Custom is the engine's own default" default:"Custom"`
}

// SessionField names whose work a request is.
type SessionField struct {
	SID string `json:"sid,omitempty" maxLength:"128" pattern:"^[ -~]*$" doc:"세션 ID: 영문, 숫자, 기호. 생략하면 서버가 만들어 X-Session-Id로 알려 줍니다. Printable ASCII. Names whose work this is; made when omitted"`
}

// ChatBody is the body of a chat request.
type ChatBody struct {
	ChatFields
	SessionField
}

// SpeechBody is the body of a speech request.
type SpeechBody struct {
	Text   string `json:"text" minLength:"1" maxLength:"5000" doc:"합성할 텍스트. What to speak" example:"안녕하세요, 반갑습니다."`
	Engine string `json:"engine,omitempty" doc:"TTS 엔진. 생략하면 설정된 첫 번째 엔진. Omitted: the first that is configured" example:"espeak"`
	Voice  string `json:"voice,omitempty" doc:"음성 종류. Custom is the engine's own default" default:"Custom"`
	SessionField
}

// LipsyncBody is the body of a lipsync request.
type LipsyncBody struct {
	Text string `json:"text" minLength:"1" maxLength:"5000" doc:"립싱크로 만들 텍스트. What the face says" example:"안녕하세요, 면접에 오신 것을 환영합니다."`
	FaceFields
	SessionField
}

// ChatLipsyncBody is the body of a request for an answer and its video.
type ChatLipsyncBody struct {
	ChatFields
	FaceFields
	SessionField
}

// DefaultOrgType holds when a request names none.
const DefaultOrgType = "일반기업"

// Request checks the fields; the conversation and the session are the transport's to know.
func (f ChatFields) Request(knownOrgType func(string) bool) (generation.ChatRequest, error) {
	if err := checkText(f.Message, NoMessage(), "메시지가"); err != nil {
		return generation.ChatRequest{}, err
	}
	req := generation.ChatRequest{
		Message: f.Message, Stateless: f.History != nil,
		OrgType: strings.TrimSpace(f.OrgType), CompanyName: strings.TrimSpace(f.CompanyName), JobName: strings.TrimSpace(f.JobName),
		Language: f.Language,
	}
	if req.OrgType == "" {
		req.OrgType = DefaultOrgType
	}
	if req.Language != "" && req.Language != "ko" && req.Language != "en" {
		return req, Invalid("invalid_language", "language는 'ko' 또는 'en'이어야 합니다")
	}
	if !knownOrgType(req.OrgType) {
		return req, Invalid("invalid_org_type", "org_type은 '일반기업' 또는 '병원'이어야 합니다")
	}
	for _, name := range []string{req.CompanyName, req.JobName} {
		if utf8.RuneCountInString(name) > 100 {
			return req, Invalid("too_long", "기업명과 직무명은 100자까지 보낼 수 있습니다")
		}
	}
	if f.History == nil {
		return req, nil
	}
	for _, entry := range *f.History {
		if (entry.Role != "user" && entry.Role != "assistant") || entry.Content == nil {
			return req, Invalid("invalid_history", "history의 각 항목에는 role('user' 또는 'assistant')과 문자열 content가 필요합니다")
		}
		req.History = append(req.History, generation.Message{Role: entry.Role, Content: *entry.Content})
	}
	return req, nil
}

func checkText(text string, missing *Error, what string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return missing
	case utf8.RuneCountInString(text) > maxCharacters:
		return Invalid("too_long", what+" 너무 깁니다 (최대 5,000자)")
	}
	return nil
}

// Request checks the fields; what is spoken is missing in the speech.
func (f FaceFields) Request() (generation.FaceRequest, generation.SpeechRequest, error) {
	face := generation.FaceRequest{
		Avatar: strings.TrimSpace(f.Avatar), AvatarPath: strings.TrimSpace(f.AvatarPath), Resolution: f.Resolution, FrameSkip: 1,
	}
	speech := generation.SpeechRequest{Engine: strings.TrimSpace(f.TTSEngine), Voice: strings.TrimSpace(f.TTSVoice)}
	if face.Avatar == "" && face.AvatarPath == "" {
		return face, speech, Invalid("missing_avatar", "avatar 또는 avatar_path가 필요합니다")
	}
	if _, known := generation.Lines(face.Resolution); !known && face.Resolution != "" {
		return face, speech, Invalid("invalid_resolution", "resolution은 1080p, 720p, 480p, 360p 중 하나여야 합니다")
	}
	if f.FrameSkip != nil {
		face.FrameSkip = int(*f.FrameSkip)
	}
	if face.FrameSkip < 1 || face.FrameSkip > 3 {
		return face, speech, Invalid("invalid_frame_skip", "frame_skip은 1, 2, 3 중 하나여야 합니다")
	}
	return face, speech, nil
}

// Request checks the body.
func (b SpeechBody) Request() (generation.SpeechRequest, error) {
	if err := checkText(b.Text, NoText(), "텍스트가"); err != nil {
		return generation.SpeechRequest{}, err
	}
	return generation.SpeechRequest{Text: b.Text, Engine: strings.TrimSpace(b.Engine), Voice: strings.TrimSpace(b.Voice)}, nil
}

// Request checks the body.
func (b LipsyncBody) Request() (generation.LipsyncRequest, error) {
	if err := checkText(b.Text, NoText(), "텍스트가"); err != nil {
		return generation.LipsyncRequest{}, err
	}
	face, speech, err := b.FaceFields.Request()
	if err != nil {
		return generation.LipsyncRequest{}, err
	}
	speech.Text = b.Text
	return generation.LipsyncRequest{Speech: speech, Face: face}, nil
}
