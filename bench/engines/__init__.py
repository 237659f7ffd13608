"""The engines' speed: training steps and input pipelines alone, beside peers of the same framework."""
