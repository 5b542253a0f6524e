"""A trained model in use: on any recording, in a file of its own, as ONNX."""
