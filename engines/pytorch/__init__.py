"""What every PyTorch engine shares."""
