package api

// What the document shows: requests to try, good answers, and one event of each type.

func chatExamples() []example {
	return []example{
		{"history", "클라이언트가 대화 기록을 관리 (권장)", `{
			"message": "지원 동기를 말씀해주세요",
			"history": [
				{"role": "user", "content": "면접을 시작합니다."},
				{"role": "assistant", "content": "안녕하세요. 삼성전자 개발엔지니어링 직무 면접에 오신 것을 환영합니다."},
				{"role": "user", "content": "안녕하세요, 반갑습니다."},
				{"role": "assistant", "content": "네, 반갑습니다. 먼저 간단히 자기소개를 해주시겠어요?"}
			],
			"org_type": "일반기업", "company_name": "삼성전자", "job_name": "개발엔지니어링"}`},
		{"legacy", "서버가 대화를 저장 (하위 호환)", `{"message": "자기소개를 해주세요", "org_type": "일반기업", "company_name": "삼성전자", "job_name": "개발엔지니어링"}`},
	}
}

const chatParamsExample = `{"model": "vllm-qwen3-30b-a3b", "max_tokens": 200, "temperature": 0.7, "system_prompt": "당신은 면접관입니다...",
	"history_count": 4, "org_type": "일반기업", "job_name": "개발엔지니어링", "company_name": "삼성전자", "question_set_rag_enabled": true,
	"retrieved": [{"id": "development-engineering/dev-05", "score": 4.21}], "language": "ko"}`

const chatAnswerExample = `{"response": "네, 좋습니다. 먼저 간단히 자기소개를 해주시겠어요?", "llm_source": "LLM API (vllm-qwen3-30b-a3b)",
	"llm_params": ` + chatParamsExample + `}`

const chatDoneExample = `{"type": "done", "response": "안녕하세요.", "llm_source": "LLM API (vllm-qwen3-30b-a3b)", "llm_params": ` + chatParamsExample + `}`

func tokenExample() example {
	return example{"token", "토큰 단위 응답", `{"type": "token", "content": "안녕"}`}
}

func errorExample() example {
	return example{"error", "오류 발생", `{"type": "error", "message": "LLM 서버가 응답하지 않습니다", "code": "unavailable"}`}
}

func videoExamples() []example {
	return []example{
		{"default", "설정된 첫 번째 음성 (the default voice)", `{"text": "안녕하세요, 면접에 오신 것을 환영합니다.", "avatar": "talk_long", "resolution": "720p"}`},
		{"elevenlabs", "모든 필드 (every field)", `{"text": "안녕하세요, 면접에 오신 것을 환영합니다.", "avatar": "talk_long", "resolution": "720p",
			"frame_skip": 1, "tts_engine": "elevenlabs", "tts_voice": "Custom"}`},
	}
}

const videoAnswerExample = `{"success": true, "video_path": "results/realtime/lipsync_u3f5n7xw2kq4m6zc5r7t2dye.mp4",
	"video_url": "/video/lipsync_u3f5n7xw2kq4m6zc5r7t2dye.mp4", "elapsed": 25.3}`

func stageExamples() []example {
	return []example{
		{"status", "진행 상태", `{"type": "status", "stage": "tts_done", "message": "TTS 완료 (3.5초)",
			"audio_url": "/assets/audio/tts_4w7ql2mzv5hn3xk6c2rt7dye.wav", "duration": 3.5, "elapsed": 2.1}`},
		{"queue", "대기열 위치", `{"type": "queue", "position": 2, "estimated_wait": 12.5}`},
		{"progress", "생성 진행률", `{"type": "progress", "progress": 50, "message": "프레임 처리 중... (44/88)"}`},
	}
}

const videoDoneExample = `{"type": "done", "text": "안녕하세요, 면접에 오신 것을 환영합니다.", "video_url": "/video/lipsync_u3f5n7xw2kq4m6zc5r7t2dye.mp4",
	"audio_url": "/assets/audio/tts_4w7ql2mzv5hn3xk6c2rt7dye.wav", "audio_duration": 3.5, "elapsed": {"tts": 2.1, "lipsync": 15.3, "total": 17.4}}`

func chatVideoExamples() []example {
	return []example{
		{"default", "대화 기록과 함께 (with a history)", `{"message": "자기소개를 해주세요", "history": [], "org_type": "일반기업",
			"company_name": "삼성전자", "job_name": "개발엔지니어링", "avatar": "talk_long", "resolution": "720p"}`},
		{"legacy", "서버가 대화를 저장 (the host keeps the conversation)", `{"message": "자기소개를 해주세요", "avatar": "talk_long", "resolution": "720p",
			"frame_skip": 1, "tts_engine": "elevenlabs", "tts_voice": "Custom"}`},
	}
}

const chatVideoAnswerExample = `{"success": true, "response": "네, 좋습니다. 먼저 간단히 자기소개를 해주시겠어요?",
	"video_path": "results/realtime/lipsync_u3f5n7xw2kq4m6zc5r7t2dye.mp4", "video_url": "/video/lipsync_u3f5n7xw2kq4m6zc5r7t2dye.mp4",
	"audio_url": "/assets/audio/tts_4w7ql2mzv5hn3xk6c2rt7dye.wav", "elapsed": 28.5, "llm_source": "LLM API (vllm-qwen3-30b-a3b)",
	"llm_params": ` + chatParamsExample + `}`

const llmDoneExample = `{"type": "llm_done", "response": "안녕하세요...", "llm_source": "LLM API (vllm-qwen3-30b-a3b)", "elapsed": 1.2}`

const chatVideoDoneExample = `{"type": "done", "response": "안녕하세요...", "llm_source": "LLM API (vllm-qwen3-30b-a3b)",
	"video_url": "/video/lipsync_u3f5n7xw2kq4m6zc5r7t2dye.mp4", "audio_url": "/assets/audio/tts_4w7ql2mzv5hn3xk6c2rt7dye.wav",
	"audio_duration": 3.5, "elapsed": {"llm": 1.2, "tts": 2.1, "lipsync": 15.3, "total": 18.6}, "llm_params": ` + chatParamsExample + `}`

const readyExample = `{"ready": true, "problems": [], "functions": [
	{"id": "espeak", "kind": "tts", "plugin": "tts-espeak", "version": "1.0.0", "state": "ready", "ready": true},
	{"id": "interviewer", "kind": "llm", "plugin": "llm-interviewer", "version": "1.0.0", "state": "ready", "ready": true},
	{"id": "lite", "kind": "lipsync", "plugin": "lipsync-lite", "version": "1.0.0", "state": "absent", "ready": true}]}`

const notReadyExample = `{"ready": false, "problems": ["립싱크 엔진이 로드되지 않았습니다"], "functions": [
	{"id": "lite", "kind": "lipsync", "plugin": "lipsync-lite", "version": "1.0.0", "state": "failed", "ready": false,
		"problem": "'lite' 엔진을 사용할 수 없습니다: 플러그인 lipsync-lite을(를) 사용할 수 없습니다"}]}`

const catalogExample = `{"org_types": [{"name": "일반기업", "title": "Companies",
	"organisations": [{"id": "samsung-electronics", "name": "삼성전자", "aliases": ["Samsung Electronics"], "industry": "반도체와 전자제품",
		"values": ["인재제일"], "themes": ["반도체"]}],
	"jobs": [{"id": "development-engineering", "name": "개발엔지니어링", "title": "Development Engineering", "questions": {"ko": 42, "en": 42}}]}],
	"levels": [{"id": "experience", "ko": "경험", "en": "Experience"}], "competencies": [{"id": "problem_solving", "ko": "문제 해결", "en": "Problem solving"}]}`

const reportExample = `{"method": "rules", "source": "rules", "language": "ko", "summary": "답변 하나를 살펴보았습니다.",
	"competencies": [{"competency": "problem_solving", "label": "문제 해결", "score": 4, "evidence": ["대기 전류를 분석했고"], "advice": "결과를 수치로 더 말해 보세요."}],
	"rules": ["행동과 결과를 말하면 점수가 오릅니다."]}`

const transcriptExample = `{"sid": "session_id", "started_at": "2026-01-22T00:00:00Z", "last_at": "2026-01-22T00:01:00Z",
	"messages": [{"role": "user", "content": "안녕하세요.", "at": "2026-01-22T00:00:00Z"}]}`
