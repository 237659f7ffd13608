"""TensorFlow operations that graphs and eager execution share."""
