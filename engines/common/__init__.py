"""What every engine shares and no framework is needed for."""
