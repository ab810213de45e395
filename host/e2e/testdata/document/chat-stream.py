import requests
import json

response = requests.post(
    'http://localhost:5000/api/chat/stream',
    json={
        'message': '자기소개를 해주세요',
        'history': [],
        'org_type': '일반기업',
        'company_name': '삼성전자',
        'job_name': '개발엔지니어링'
    },
    stream=True
)

full_response = ''
for line in response.iter_lines():
    if line:
        line_str = line.decode('utf-8')
        if line_str.startswith('data: '):
            data = json.loads(line_str[6:])

            if data['type'] == 'token':
                print(data['content'], end='', flush=True)
                full_response += data['content']
            elif data['type'] == 'done':
                print(f"\n\n[완료] LLM: {data['llm_source']}")
            elif data['type'] == 'error':
                print(f"\n[오류] {data['message']}")
