"""Wide residual networks trained with learned augmentation policies (AutoAugment), on PyTorch."""
