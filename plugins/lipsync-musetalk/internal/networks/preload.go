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
		"libcudart.so.13", "libnvrtc-builtins.so.13.*", "libnvrtc.so.13", "libnvJitLink.so.13", "libcublasLt.so.13", "libcublas.so.13",
		"libcufft.so.12", "libcurand.so.10", "libcudnn.so.9", "libnvinfer.so.10", "libnvinfer_plugin.so.10", "libnvonnxparser.so.10",
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
