"""Fuzzing of the reference decoder: `python -m fuzz`."""
