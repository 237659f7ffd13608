"""Training in TensorFlow 2: in functions that TensorFlow traces, without sessions."""
