import requests
import json
import openai

# 1. 클라이언트에서 LLM 호출
client = openai.OpenAI(api_key="your-api-key")
llm_response = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=conversation_history
)
ai_text = llm_response.choices[0].message.content

# 2. 립싱크 서버로 텍스트 전송 (스트리밍)
response = requests.post(
    'http://localhost:5000/api/v2/lipsync/stream',
    json={
        'text': ai_text,
        'avatar': 'talk_long',
        'resolution': '720p'
    },
    stream=True
)

for line in response.iter_lines():
    if line:
        line_str = line.decode('utf-8')
        if line_str.startswith('data: '):
            data = json.loads(line_str[6:])

            if data['type'] == 'status':
                print(f"[{data['stage']}] {data['message']}")
            elif data['type'] == 'done':
                print(f"\n[완료] 비디오: {data['video_url']}")
                print(f"       소요시간: {data['elapsed']['total']}초")
            elif data['type'] == 'error':
                print(f"\n[오류] {data['message']}")
