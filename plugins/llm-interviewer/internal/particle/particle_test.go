package particle_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/particle"
)

func TestAfter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pair particle.Pair
		// words are parted from their particle by a bar.
		words string
	}{
		{particle.Topic(), `홍길동|은 김지수|는 LG전자|는 2026|은 5|는 10|은 100|은 7|은 AI|는 SQL|은 ERP|는 KPI|는 CRM|은 FMEA|는 API|는 PPT|는
			TOEIC|은 TEPS|는 Google|은 Python|은 React|는 Git|은 GitHub|는 GitLab|은 Slack|은 Spark|는 Flask|는 Docker|는 Kubernetes|는
			Spring|은 Blog|는 Chrome|은 Online|은 Azure|는 Notion|은 Figma|는 Photoshop|은 Excel|은 Word|는 Java|는 C|는 C++|는 R|은
			Boot|는 Hadoop|은 Oracle|은 YouTube|는 MATLAB|은 30퍼센트|는 JSON|은 Jira|는 HR|은`},
		{particle.Subject(), `삼성전자|가 품질관리QA|가 CTR|이 프로젝트|가 동아리|가 인턴십|이`},
		{particle.Object(), `직무|를 경험|을 '마케팅'|을 인사HR|을 '공정 개선'|을 (주)한빛|을 Docker|를 GitHub|를 Slack|을`},
		{particle.With(), `팀|과 동료|와 TEAM|과`},
		{particle.Direction(), `서울|로 부산|으로 네이버|로 1|로 3|으로 Excel|로 Python|으로`},
		{particle.Quoting(), `3명|이라는 12퍼센트|라는`},
	} {
		for _, written := range pairs(tc.words) {
			word, form, _ := strings.Cut(written, "|")
			assert.Equal(t, word+form, particle.After(word, tc.pair))
		}
	}
	assert.Equal(t, "는", particle.After("", particle.Topic()))
}

// pairs parts words behind their particles: words may have spaces.
func pairs(words string) []string {
	return regexp.MustCompile(`\S[^|]*\|[가-힣]+`).FindAllString(words, -1)
}

func TestNamed(t *testing.T) {
	t.Parallel()
	pair, ok := particle.Named("을")
	assert.True(t, ok)
	assert.Equal(t, particle.Object(), pair)
	_, ok = particle.Named("에서")
	assert.False(t, ok)
}
