"""Corpora that were read -> features of their usable utterances."""

from collections.abc import Sequence

from serjax.cache import cache_root, lend_cache
from serjax.config import Config
from serjax.corpora import Corpora
from serjax.corpora.utterance import NothingUsable, Skip
from serjax.data.checks import check_copies, check_named
from serjax.data.function import Function
from serjax.data.given.store import store_given
from serjax.data.store import StoredUtterances, store_features
from serjax.memory import budget_bytes, host_memory_bytes


def store_corpora(
    corpora: Corpora,
    config: Config,
    progress: bool = True,
    front_end: Function | None = None,
) -> StoredUtterances:
    """Check what was read, and get its features; arguments as `load_dataset`'s.

    Raises:
      ValueError: a corpus is named that is not there, or two different recordings bear
        one name.
    """
    check_named(config.data, corpora.corpora)
    check_copies(corpora)
    paths, rows = corpora.paths, corpora.utterances
    lend_cache(config.run.cache_dir)  # librosa looks for one when it is imported
    cache = cache_root(config.run.cache_dir) / "features"
    budget = budget_bytes(config.run.memory_budget_gb, host_memory_bytes())
    if config.data.features and front_end:
        raise ValueError(
            f"features={config.data.features} and front_end=... are both given; give "
            "one of them."
        )
    if config.data.features:
        return store_given(corpora, config, cache, budget, progress)
    return store_features(
        paths, rows, config.features, cache, config.data, progress, budget, front_end
    )


def store_usable(
    corpora: Corpora,
    config: Config,
    progress: bool = True,
    front_end: Function | None = None,
) -> StoredUtterances:
    """Get features as `store_corpora`, for a use that needs no parts.

    Raises:
      NothingUsable: every recording is left out.
    """
    stored = store_corpora(corpora, config, progress, front_end)
    if stored.utterances:
        return stored
    skipped = all_skipped(corpora, stored)
    first = stored.skipped[0]
    raise NothingUsable(
        f"No recording is usable: all {len(skipped):,} are left out, the first, "
        f"{first.file}, because: {first.reason}.",
        skipped,
    )


def all_skipped(corpora: Corpora, stored: StoredUtterances) -> tuple[Skip, ...]:
    """What the readers and the feature store left out, by file."""
    skipped = (*corpora.skipped, *stored.skipped)
    return tuple(sorted(skipped, key=lambda it: (it.file, it.reason)))


def check_frames(stored: StoredUtterances, normalisation: str) -> None:
    """Refuse to normalise by its own frames where every utterance has one."""
    of_its_own = normalisation in ("coefficient", "utterance")
    if of_its_own and all(it.num_frames == 1 for it in stored.rows):
        raise ValueError(
            f"normalisation={normalisation!r}: every utterance has one frame, of "
            f"{stored.dims} features, whose own mean and deviation say nothing. Give "
            "--normalisation=train."
        )


def check_usable(
    corpora: Corpora, stored: StoredUtterances, ood: Sequence[str]
) -> None:
    """Refuse data of which a whole corpus is gone, rather than train on the rest."""
    usable = {utterance.corpus for utterance in stored.utterances}
    lost = [name for name in corpora.corpora if name not in usable]
    if lost:
        first = stored.skipped[0]
        kind = "out-of-domain " if set(lost) <= set(ood) else ""
        raise ValueError(
            f"No usable recording of the {kind}corpus {', '.join(lost)}: "
            f"{len(stored.skipped)} are left out, the first, {first.file}, because: "
            f"{first.reason}. Replace the files, or remove them."
        )
