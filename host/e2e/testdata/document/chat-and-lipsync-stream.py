import requests
import json

response = requests.post(
    'http://localhost:5000/api/v2/chat_and_lipsync/stream',
    json={
        'message': '자기소개를 해주세요',
        'history': [],
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

            if data['type'] == 'token':
                print(data['content'], end='', flush=True)
            elif data['type'] == 'llm_done':
                print(f"\n[LLM 완료] {data['elapsed']}초")
            elif data['type'] == 'status':
                print(f"\n[상태] {data['message']}")
            elif data['type'] == 'done':
                print(f"\n[완료] 비디오: {data['video_url']}")
                print(f"       소요시간: {data['elapsed']['total']}초")
            elif data['type'] == 'error':
                print(f"\n[오류] {data['message']}")
