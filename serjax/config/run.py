"""Settings of where a run lives; none of them is part of what it is."""

import dataclasses

from serjax.config.setting import require_least, setting, settle
from serjax.paths import expand


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """Where a run lives, and what it may use of the machine."""

    preset: str = setting(
        "",
        "Named settings under the flags given: paper, paper-b (the other encoder of "
        "1.8 M parameters), robust (for unseen speech; its approach goes where one is "
        "given) or demo (small and quick). Default: demo for synthetic data, paper "
        "otherwise.",
        choices=("", "paper", "paper-b", "robust", "demo"),
    )
    workdir: str = setting(
        "", "Where the run is written; default runs/ and a name from the settings."
    )
    cache_dir: str = setting(
        "",
        "Where log-mel features are stored and shared by runs; default "
        "$XDG_CACHE_HOME/serjax or ~/.cache/serjax, or where that cannot be written "
        "a folder below the temporary one.",
    )
    checkpoint_every_s: float = setting(
        10.0, "Write the last checkpoint at most this often, in seconds."
    )
    memory_budget_gb: float = setting(
        0.0,
        "Features of more than this many GB (10^9 bytes) are not copied to the device; "
        "they stay in a file in the cache, mapped into memory, and batches are made of "
        "it on the host. 0 is a quarter of the device's memory, and of the host's.",
    )
    wait: bool = setting(
        False,
        "Where another process works in the same directory, wait for its end; without "
        "it, that is an error.",
    )
    platform: str = setting(
        "auto",
        "Where to compute; a platform that is not there is an error.",
        choices=("auto", "cpu", "gpu", "tpu"),
    )
    threads: int = setting(
        0,
        "Threads of the CPU that compute a run; 0 for one per processor, in a study "
        "with workers their share of these. Another number adds in another order, and "
        "a run differs as with another seed, so it goes on with its own number alone.",
    )
    tensorboard: bool = setting(
        False,
        "Write TensorBoard's event files too, to RUN/tensorboard, with the numbers of "
        "metrics.jsonl. Needs pip install 'serjax[tensorboard]'.",
    )

    def __post_init__(self) -> None:
        settle(self)
        for name in ("workdir", "cache_dir"):
            object.__setattr__(self, name, expand(getattr(self, name), name))
        require_least(self, 0, "checkpoint_every_s", "memory_budget_gb")
        require_least(self, 0, "threads")
