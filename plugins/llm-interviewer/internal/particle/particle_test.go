package particle_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/llm-interviewer/internal/particle"
)

func TestAfter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		word string
		pair particle.Pair
		want string
	}{
		{"홍길동", particle.Topic(), "홍길동은"},
		{"김지수", particle.Topic(), "김지수는"},
		{"삼성전자", particle.Subject(), "삼성전자가"},
		{"직무", particle.Object(), "직무를"},
		{"경험", particle.Object(), "경험을"},
		{"팀", particle.With(), "팀과"},
		{"동료", particle.With(), "동료와"},
		{"서울", particle.Direction(), "서울로"},
		{"부산", particle.Direction(), "부산으로"},
		{"네이버", particle.Direction(), "네이버로"},
		{"LG전자", particle.Topic(), "LG전자는"},
		{"Google", particle.Topic(), "Google는"},
		{"AI", particle.Topic(), "AI는"},
		{"품질관리QA", particle.Subject(), "품질관리QA가"},
		{"인사HR", particle.Object(), "인사HR를"},
		{"TEAM", particle.With(), "TEAM과"},
		{"2026", particle.Topic(), "2026은"},
		{"5", particle.Topic(), "5는"},
		{"'마케팅'", particle.Object(), "'마케팅'을"},
		{"", particle.Topic(), "는"},
	} {
		assert.Equal(t, tc.want, particle.After(tc.word, tc.pair))
	}
}
