"""Training in TensorFlow's graph mode: one code for 1.15, 2.6 and later 2.x."""
