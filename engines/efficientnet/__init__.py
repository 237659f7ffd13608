"""EfficientNet (Tan and Le, 2019: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks")."""
