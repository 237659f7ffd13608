"""The screens: launch, monitor and runs."""
