"""The files of runs and studies: here each is written, read and checked. No jax."""
