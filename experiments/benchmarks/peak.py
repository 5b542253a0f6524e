"""The machine's matrix rate: the roof under which all else has to live."""

import functools
import time

import jax
import jax.numpy as jnp

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.row import Row


def measure(bench: Bench) -> list[Row]:
    """Measure the rate of float32 matrix products."""
    bench.progress("peak: matrix products")
    rates = matrix_rates(bench.quick)
    return [
        Row(
            section="peak",
            what="matrix products, float32",
            value=max(rates.values()),
            unit="GFLOP/s",
            details={
                "by_size": {f"{n} x {n} x {n}": rate for n, rate in rates.items()},
                "figure": "the best size's best of several products, by JAX",
            },
        )
    ]


@functools.cache
def matrix_rates(quick: bool) -> dict[int, float]:
    """Rate of square products in JAX by size, each the best of several, in GFLOP/s."""
    sizes, repeats = ((128, 256), 3) if quick else ((512, 1024, 2048), 20)
    return {size: _rate(size, repeats) for size in sizes}


def _rate(size: int, repeats: int) -> float:
    product = jax.jit(jnp.matmul)
    keys = jax.random.split(jax.random.key(0))
    a, b = (jax.random.normal(key, (size, size)) for key in keys)
    jax.block_until_ready(product(a, b))
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        jax.block_until_ready(product(a, b))
        seconds.append(time.perf_counter() - began)
    return 2e-9 * size**3 / min(seconds)
