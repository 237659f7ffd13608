"""File formats of training data: framing, records, matrices, pickles, images; nothing of data sets."""
