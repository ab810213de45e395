package generation

// Event is one thing that happens during a generation. Its JSON form is the
// documented contract; transports only read it.
type Event interface {
	// EventType is the value of the JSON field "type".
	EventType() string
}

// Stage says what a generation is doing.
type Stage string

// The documented stages.
const (
	StageLLM     Stage = "llm"
	StageTTS     Stage = "tts"
	StageTTSDone Stage = "tts_done"
	StageLipsync Stage = "lipsync"
)

// Token is a piece of the answer.
type Token struct {
	Type    string `json:"type" enum:"token"`
	Content string `json:"content" doc:"Next piece of the answer"`
}

// Status tells that a stage begins.
type Status struct {
	Type    string `json:"type" enum:"status"`
	Stage   Stage  `json:"stage" enum:"llm,tts,tts_done,lipsync" doc:"단계: llm(응답 생성), tts(음성 합성), tts_done(음성 완료), lipsync(비디오 생성). What begins, or with tts_done has ended"`
	Message string `json:"message" doc:"One sentence for people"`
	// AudioURL, Duration and Elapsed come with stage tts_done alone.
	AudioURL string  `json:"audio_url,omitempty" doc:"With stage tts_done: where the speech is"`
	Duration Seconds `json:"duration,omitempty" doc:"With stage tts_done: length of the speech in seconds"`
	// Elapsed is a pointer because 0 is a time like any other.
	Elapsed *Seconds `json:"elapsed,omitempty" doc:"With stage tts_done: seconds that it took"`
}

// Progress counts the frames of the video.
type Progress struct {
	Type     string `json:"type" enum:"progress"`
	Progress int    `json:"progress" minimum:"0" maximum:"100" doc:"Percent, never falling"`
	Message  string `json:"message" doc:"사람에게 보여 줄 진행 상황. How far it is, for people"`
}

// LLMDone is the whole answer.
type LLMDone struct {
	Type      string  `json:"type" enum:"llm_done"`
	Response  string  `json:"response" doc:"LLM이 생성한 응답 텍스트. What the interviewer says"`
	LLMSource string  `json:"llm_source" doc:"Backend and model that answered"`
	Elapsed   Seconds `json:"elapsed" doc:"Seconds that it took"`
}

// ChatDone ends a chat stream.
type ChatDone struct {
	Type      string    `json:"type" enum:"done"`
	Response  string    `json:"response" doc:"LLM이 생성한 응답 텍스트. What the interviewer says"`
	LLMSource string    `json:"llm_source" doc:"Backend and model that answered"`
	LLMParams LLMParams `json:"llm_params" doc:"What was sent to the backend"`
}

// LipsyncDone ends a lipsync stream.
type LipsyncDone struct {
	Type          string         `json:"type" enum:"done"`
	Text          string         `json:"text" doc:"립싱크로 만든 텍스트. What the face says"`
	VideoURL      string         `json:"video_url" doc:"비디오 URL (MP4). Where the video is"`
	AudioURL      string         `json:"audio_url" doc:"음성 URL (WAV). Where the speech is"`
	AudioDuration Seconds        `json:"audio_duration" doc:"Length of the speech in seconds"`
	Elapsed       LipsyncElapsed `json:"elapsed" doc:"단계별 소요 시간. How long each step took"`
}

// LipsyncElapsed says how long each stage took.
type LipsyncElapsed struct {
	TTS     Seconds `json:"tts" doc:"음성 합성 (초). Seconds for the speech"`
	Lipsync Seconds `json:"lipsync" doc:"비디오 생성 (초). Seconds for the video"`
	Total   Seconds `json:"total" doc:"전체 (초). Seconds for all"`
}

// ChatLipsyncDone ends a stream of chat and lipsync.
type ChatLipsyncDone struct {
	Type          string             `json:"type" enum:"done"`
	Response      string             `json:"response" doc:"LLM이 생성한 응답 텍스트. What the interviewer says"`
	LLMSource     string             `json:"llm_source" doc:"사용된 LLM. The backend that answered, with its model"`
	VideoURL      string             `json:"video_url" doc:"비디오 URL (MP4). Where the video is"`
	AudioURL      string             `json:"audio_url" doc:"음성 URL (WAV). Where the speech is"`
	AudioDuration Seconds            `json:"audio_duration" doc:"Length of the speech in seconds"`
	Elapsed       ChatLipsyncElapsed `json:"elapsed" doc:"단계별 소요 시간. How long each step took"`
	LLMParams     LLMParams          `json:"llm_params" doc:"What was sent to the backend"`
}

// ChatLipsyncElapsed says how long each stage took.
type ChatLipsyncElapsed struct {
	LLM     Seconds `json:"llm" doc:"응답 생성 (초). Seconds for the answer"`
	TTS     Seconds `json:"tts" doc:"음성 합성 (초). Seconds for the speech"`
	Lipsync Seconds `json:"lipsync" doc:"비디오 생성 (초). Seconds for the video"`
	Total   Seconds `json:"total" doc:"전체 (초). Seconds for all"`
}

// Failed ends a stream after its first event.
type Failed struct {
	Type    string `json:"type" enum:"error"`
	Message string `json:"message" doc:"One sentence for people"`
	Code    string `json:"code,omitempty" doc:"The same for programs"`
}

// LLMParams says what was sent to the language backend.
type LLMParams struct {
	Model        string  `json:"model" doc:"사용된 LLM 모델. The model that answered"`
	MaxTokens    int     `json:"max_tokens" doc:"최대 토큰 수. Most tokens of an answer"`
	Temperature  float64 `json:"temperature" doc:"응답 다양성, 0부터 2. Variety of answers, 0 to 2"`
	SystemPrompt string  `json:"system_prompt" doc:"시스템 프롬프트 전체. The whole system prompt"`
	HistoryCount int     `json:"history_count" doc:"Messages of the history that were sent"`
	OrgType      string  `json:"org_type" doc:"분야. Kind of organisation"`
	JobName      *string `json:"job_name" nullable:"true" doc:"직무명, 없으면 null. Job, or null"`
	CompanyName  *string `json:"company_name" nullable:"true" doc:"기업/병원명, 없으면 null. Company or hospital, or null"`
	// QuestionSetRAGEnabled is true when a job is named.
	QuestionSetRAGEnabled bool `json:"question_set_rag_enabled" doc:"질문셋 RAG 활성화 여부. Whether questions were looked for: a job was named"`
	// Retrieved is empty when no job is named, and when the backend retrieves by itself.
	Retrieved []Retrieved `json:"retrieved" nullable:"false" doc:"시스템 프롬프트에 들어간 질문. Questions that stand in the system prompt"`
	Language  string      `json:"language" enum:"ko,en" doc:"면접 언어. Language of the interview"`
}

// Retrieved is a question that was found for the conversation.
type Retrieved struct {
	ID    string  `json:"id" doc:"질문셋/질문. Id of the set and of the question" example:"development-engineering/dev-05"`
	Score float64 `json:"score" doc:"대화와의 관련도. How well it fits; comparable within one answer" example:"4.21"`
}

// EventType implements Event.
func (Token) EventType() string { return "token" }

// EventType implements Event.
func (Status) EventType() string { return "status" }

// EventType implements Event.
func (Progress) EventType() string { return "progress" }

// EventType implements Event.
func (LLMDone) EventType() string { return "llm_done" }

// EventType implements Event.
func (ChatDone) EventType() string { return "done" }

// EventType implements Event.
func (LipsyncDone) EventType() string { return "done" }

// EventType implements Event.
func (ChatLipsyncDone) EventType() string { return "done" }

// EventType implements Event.
func (Failed) EventType() string { return "error" }

// Queued tells how many generations are before this one.
type Queued struct {
	Type          string  `json:"type" enum:"queue"`
	Position      int     `json:"position" minimum:"1" doc:"1 is next"`
	EstimatedWait Seconds `json:"estimated_wait" doc:"예상 대기 시간 (초). Seconds, by what the last generations took and how long those have run that are under way"`
}

// EventType implements Event.
func (Queued) EventType() string { return "queue" }
