"""From the runs' files to numbers: statistics, breakdowns, probes, verdicts. No jax."""
