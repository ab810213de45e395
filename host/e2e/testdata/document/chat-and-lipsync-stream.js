const response = await fetch('/api/v2/chat_and_lipsync/stream', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
        message: '자기소개를 해주세요',
        history: conversationHistory,
        avatar: 'talk_long',
        resolution: '720p'
    })
});

const reader = response.body.getReader();
const decoder = new TextDecoder();
let llmResponse = '';

while (true) {
    const { done, value } = await reader.read();
    if (done) break;

    const chunk = decoder.decode(value);
    const lines = chunk.split('\n');

    for (const line of lines) {
        if (line.startsWith('data: ')) {
            const data = JSON.parse(line.slice(6));

            switch (data.type) {
                case 'token':
                    // LLM 응답 실시간 표시
                    llmResponse += data.content;
                    updateChatUI(llmResponse);
                    break;

                case 'llm_done':
                    // LLM 완료, TTS 시작 전
                    console.log('LLM 완료:', data.elapsed, '초');
                    break;

                case 'status':
                    // 진행 상태 표시
                    updateProgressUI(data.stage, data.message);
                    if (data.stage === 'tts_done') {
                        // TTS 완료 시 오디오 미리 로드 가능
                        preloadAudio(data.audio_url);
                    }
                    break;

                case 'done':
                    // 모든 처리 완료
                    playVideo(data.video_url);
                    console.log('총 소요 시간:', data.elapsed.total, '초');
                    break;

                case 'error':
                    console.error('오류:', data.message);
                    break;
            }
        }
    }
}
