package networks_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/visavis-dev/visavis/plugins/lipsync-musetalk/internal/networks"
	"github.com/visavis-dev/visavis/sdk/fault"
)

// What ONNX Runtime said, in its own words, becomes one sentence.
func TestExplain(t *testing.T) {
	t.Parallel()
	for said, hint := range map[string]string{
		"CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1":                      "드라이버",
		"CUDA failure 100: no CUDA-capable device is detected ; GPU=-1":                                               "카드나 드라이버를 찾을 수 없습니다",
		"External data path validation failed for initializer: x. Error: External data path escapes model directory.": "링크입니다",
		"CUDA failure 209: no kernel image is available for execution on the device":                                  "너무 오래되어 지원하지 않습니다",
		"CUDA execution provider is not enabled in this build.":                                                       "make musetalk-natives-cuda",
		"Failed to load library: libcudnn.so.9: cannot open shared object file: No such file or directory":            "CUDA 라이브러리가 없습니다",
		"with error: libcuda.so.1: cannot open shared object file: No such file or directory":                         "카드나 드라이버를 찾을 수 없습니다",
		"with error: libnvinfer.so.10: cannot open shared object file: No such file or directory":                     "TensorRT 10이 없습니다",
		"BFCArena: Failed to allocate memory for requested buffer of size 8388608":                                    "메모리가 부족합니다",
		"BFCArena::AllocateRawInternal Available memory of 0 is smaller than requested bytes of 97517568":             "메모리가 부족합니다",
		"CUDA failure 2: out of memory":  "메모리가 부족합니다",
		"something that nobody has seen": "CUDA로 MuseTalk을 실행할 수 없습니다",
	} {
		err := networks.Explain("cuda", errors.New(said))
		assert.Equal(t, fault.Unavailable, fault.KindOf(err))
		assert.Contains(t, fault.HintOf(err), hint, said)
	}
}
