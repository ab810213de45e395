package networks

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"path/filepath"
	"unsafe"
)

// preload loads the libraries of CUDA, cuDNN and TensorRT that lie below a folder, in the order in which they need each other. ONNX
// Runtime asks for them by name, and the loader does not look there; one that is loaded already it takes.
func preload(dir string) error {
	for _, name := range []string{
		"libcudart.so.12", "libnvrtc.so.12", "libnvJitLink.so.12", "libcublasLt.so.12", "libcublas.so.12", "libcufft.so.11", "libcurand.so.10",
		"libcudnn.so.9", "libnvinfer.so.10", "libnvinfer_plugin.so.10", "libnvonnxparser.so.10",
	} {
		found, err := filepath.Glob(filepath.Join(dir, "*", name))
		if err != nil || len(found) == 0 {
			continue // the loader may know a place
		}
		if err := dlopen(found[0]); err != nil {
			return err
		}
	}
	return nil
}

// dlopen loads a library for the life of the process.
func dlopen(path string) error {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if C.dlopen(name, C.RTLD_NOW|C.RTLD_GLOBAL) == nil {
		return fmt.Errorf("load %s: %s", path, C.GoString(C.dlerror()))
	}
	return nil
}
