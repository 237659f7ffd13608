"""Input pipelines of the TensorFlow engines: from record files to batches, in graphs and eagerly alike."""
