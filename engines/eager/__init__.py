"""What the TensorFlow 2 engines share: training in functions that TensorFlow traces, without sessions."""
