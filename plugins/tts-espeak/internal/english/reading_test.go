package english_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/tts-espeak/internal/english"
)

func TestReadWritesOutWhatPeopleSay(t *testing.T) {
	t.Parallel()
	for written, read := range map[string]string{
		"It cost $1,200.50.": "It cost 1,200.50 dollars.", "$1": "1 dollar", "€20 and £30": "20 euros and 30 pounds",
		"$1.2M": "1.2 million dollars", "US$3 billion": "3 billion dollars", "$5k a month": "5 thousand dollars a month",
		"on 2024-03-15": "on March 15th, 2024", "2024/11/1.": "November 1st, 2024.", "12th": "12th",
		"Call 010-1234-5678.": "Call 0 1 0, 1 2 3 4, 5 6 7 8.", "555-0199": "5 5 5, 0 1 9 9", "+82-10-1234-5678": "plus 8 2, 1 0, 1 2 3 4, 5 6 7 8",
		"3-5 years": "3 to 5 years", "2020–2024": "2020 to 2024", "5km away": "5 kilometers away", "1 kg": "1 kilogram", "16GB": "16 gigabytes",
		"Kim vs. Park": "Kim versus Park", "C# and C++": "C sharp and C++", "**bold** `code`": "bold code", "#1": "number 1",
		"See https://example.com/a?q=1&b=2 please": "See example.com/a please", "Hello, world!": "Hello, world!", "": "",
		"at 3:30 PM": "at 3:30 PM", "well-known state-of-the-art": "well-known state-of-the-art", "v2.0": "v2.0", "60 minutes": "60 minutes",
	} {
		assert.Equal(t, read, english.Read(written), written)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("$1,234.5M 2024-13-40 +82-10-1234-5678 3~5km #7")
	f.Fuzz(func(_ *testing.T, text string) { english.Read(text) })
}
