package networks

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// What runs graphs.
const (
	Auto     = "auto"
	TensorRT = "tensorrt"
	CUDA     = "cuda"
	CPU      = "cpu"
)

// candidates are the providers to try, the best first. TensorRT builds for minutes at its first start, so it is taken only
// where it is asked for.
func candidates(provider string) []string {
	if provider == Auto || provider == "" {
		return []string{CUDA, CPU}
	}
	return []string{provider}
}

// prepare tells ONNX Runtime what is to run a graph, and with how much of a card's memory.
func (o Options) prepare(options *ort.SessionOptions, provider string, memory int64, g graph) error {
	switch provider {
	case TensorRT:
		if err := o.withTensorRT(options, memory, g.File != audioFile); err != nil {
			return err
		}
		return withCUDA(options, memory, g) // for what TensorRT leaves out
	case CUDA:
		return withCUDA(options, memory, g)
	}
	if o.Threads > 0 {
		if err := options.SetIntraOpNumThreads(o.Threads); err != nil {
			return fmt.Errorf("set threads: %w", err)
		}
	}
	return nil
}

func withCUDA(options *ort.SessionOptions, memory int64, g graph) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return fmt.Errorf("prepare CUDA: %w", err)
	}
	defer func() { _ = cuda.Destroy() }()
	if err := cuda.Update(cudaSettings(memory, g)); err != nil {
		return fmt.Errorf("prepare CUDA: %w", err)
	}
	if err := options.AppendExecutionProviderCUDA(cuda); err != nil {
		return fmt.Errorf("use CUDA: %w", err)
	}
	return nil
}

func cudaSettings(memory int64, g graph) map[string]string {
	settings := map[string]string{
		"gpu_mem_limit": strconv.FormatInt(memory, 10),
		// Otherwise each growth doubles what is taken.
		"arena_extend_strategy": "kSameAsRequested",
		// The thorough search would take seconds for every new size of a batch.
		"cudnn_conv_algo_search": "HEURISTIC",
	}
	if g.NHWC {
		// Otherwise transposed convolutions stand between two changes of layout each.
		settings["prefer_nhwc"] = "1"
	}
	return settings
}

// withTensorRT builds for batches from one to the largest, and keeps what it built.
func (o Options) withTensorRT(options *ort.SessionOptions, memory int64, faces bool) error {
	trt, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return fmt.Errorf("prepare TensorRT: %w", err)
	}
	defer func() { _ = trt.Destroy() }()
	cache := filepath.Join(o.Dir, "tensorrt")
	if err := os.MkdirAll(cache, 0o755); err != nil { //nolint:gosec // it holds programs for the card, no secrets
		return fmt.Errorf("prepare TensorRT: %w", err)
	}
	settings := map[string]string{
		"trt_max_workspace_size":       strconv.FormatInt(memory/2, 10),
		"trt_engine_cache_enable":      "1",
		"trt_engine_cache_path":        cache,
		"trt_timing_cache_enable":      "1",
		"trt_timing_cache_path":        cache,
		"trt_layer_norm_fp32_fallback": "1",
	}
	if faces {
		// The graph of sounds stays in 32 bits: it is small, and its features go far from each other in 16.
		settings["trt_fp16_enable"] = "1"
		settings["trt_profile_min_shapes"] = shapes(1)
		settings["trt_profile_opt_shapes"] = shapes(o.Batch)
		settings["trt_profile_max_shapes"] = shapes(o.Batch)
	}
	if err := trt.Update(settings); err != nil {
		return fmt.Errorf("prepare TensorRT: %w", err)
	}
	if err := options.AppendExecutionProviderTensorRT(trt); err != nil {
		return fmt.Errorf("use TensorRT: %w", err)
	}
	return nil
}

func shapes(batch int) string {
	return fmt.Sprintf("latent:%dx8x32x32,sound:%dx50x384", batch, batch)
}

// driver is where a driver of NVIDIA tells its version; without one there is no such file.
const driver = "/proc/driver/nvidia/version"

// Explain gives the sentence for a provider that does not work: what the runtime said decides.
func Explain(provider string, err error) error {
	const noCard = "NVIDIA 그래픽 카드나 드라이버를 찾을 수 없습니다. MUSETALK_PROVIDER=cpu로 하면 없이도 실행됩니다"
	old := "그래픽 드라이버가 너무 오래되었습니다. CUDA 13을 지원하는 드라이버(580 이상)로 올려 주세요"
	if _, there := os.Stat(driver); there != nil {
		old = noCard // the runtime says the same of both
	}
	said := strings.ToLower(err.Error())
	for _, known := range []struct{ sign, hint string }{
		{"driver version is insufficient", old},
		{"no cuda-capable device", noCard},
		{"not enabled in this build", "지금의 ONNX Runtime은 그래픽 카드를 지원하지 않습니다. 'make musetalk-natives-cuda'로 내려받아 주세요"},
		{"libcuda.so", noCard}, // the driver's own
		{"libnvinfer", "TensorRT 10이 없습니다. 그 라이브러리를 설치하거나 MUSETALK_PROVIDER=cuda로 실행해 주세요"},
		{"cannot open shared object file", "CUDA 라이브러리가 없습니다. 'make musetalk-natives-cuda'로 내려받아 주세요"},
		{"escapes model directory", "가중치 파일이 다른 곳을 가리키는 링크입니다. 파일 자체를 MuseTalk 모델 폴더에 두어 주세요"},
		{"no kernel image", "이 그래픽 카드는 너무 오래되어 지원하지 않습니다. MUSETALK_PROVIDER=cpu로 실행해 주세요"},
	} {
		if strings.Contains(said, known.sign) {
			return unavailable(err, known.hint)
		}
	}
	if IsMemory(err) {
		return unavailable(err, hintMemory)
	}
	return unavailable(err, strings.ToUpper(provider)+"로 MuseTalk을 실행할 수 없습니다. 드라이버와 라이브러리를 확인해 주세요")
}

// IsMemory tells whether the card's memory, or what may be taken of it, did not suffice: ONNX Runtime has no code for it.
func IsMemory(err error) bool {
	said := strings.ToLower(err.Error())
	for _, sign := range []string{"out of memory", "failed to allocate memory", "is smaller than requested bytes", "cuda error 2"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}

const hintMemory = "그래픽 카드의 메모리가 부족합니다. 다른 프로그램을 끝내거나 memory_gb를 확인해 주세요"
