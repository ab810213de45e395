"""Exports MuseTalk to ONNX."""
