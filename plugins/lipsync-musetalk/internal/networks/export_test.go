package networks

import ort "github.com/yalue/onnxruntime_go"

// LoadFace loads the first of some graphs that runs on the CPU, and tells which, and why not the first.
func LoadFace(o Options, names ...string) (graph string, instead, err error) {
	m, err := readManifest(o.Dir)
	if err != nil {
		return "", nil, err
	}
	if err := initialize(o.Library); err != nil {
		return "", nil, err
	}
	var s Set
	if err := s.loadFace(o, m, CPU, names); err != nil {
		return "", s.Instead, err
	}
	return s.Graph, s.Instead, s.Close()
}

// Faces are the graphs that are tried.
func Faces(provider string, plain bool) []string { return Options{Plain: plain}.faces(provider) }

// OnThread runs calls as a session does; the function that it gives ends it.
func OnThread() (call func(func()), end func()) {
	s := newSession("none", (*ort.DynamicAdvancedSession)(nil))
	return func(f func()) {
			done := make(chan struct{})
			s.calls <- func() {
				f()
				close(done)
			}
			<-done
		}, func() {
			close(s.calls)
			s.worker.Wait()
		}
}

// CUDASettings are what ONNX Runtime is told for a graph of a folder.
func CUDASettings(dir, name string) (map[string]string, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	g, err := m.graph(name)
	return cudaSettings(1<<30, g), err
}
