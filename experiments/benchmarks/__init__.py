"""What `python -m experiments.benchmark` measures, a module per section."""
