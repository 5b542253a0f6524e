"""Read corpora, check them, extract their features, and write down what is there."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from serjax import data
from serjax.config import DEFAULT_OOD, Config, DataSettings
from serjax.corpora import Corpora, NothingUsable, Reader, Skip, Utterance, read_corpora
from serjax.corpora.manifest import write_manifest
from serjax.data.attributes import attribute_columns
from serjax.data.parts import note_split
from serjax.lock import holding
from serjax.preparation import inventory
from serjax.preparation.confounds import Confound, find_confounds, write_confounds
from serjax.preparation.duplicates import (
    Duplicate,
    find_duplicates,
    warn_of_duplicates,
    write_duplicates,
)
from serjax.preparation.giveaways import (
    Giveaway,
    find_giveaways,
    warn_of_giveaways,
    write_giveaways,
)
from serjax.preparation.interpretation import warn_of_confounds
from serjax.preparation.report import (
    describe_corpora,
    describe_prior,
    describe_warnings,
)
from serjax.preparation.workdir import TABLES, check_workdir, write_config


@dataclasses.dataclass(frozen=True)
class Preparation:
    """What is known of the data before a study.

    Attributes:
      strangers: reason -> files that belong to no corpus.
      utterances: the usable ones, by file and start.
      recordings: what was measured of each.
      warnings: what can make a study wrong, in words.
    """

    config: Config
    workdir: Path
    classes: tuple[str, ...]
    corpora: tuple[inventory.CorpusSummary, ...]
    strangers: dict[str, int]
    utterances: tuple[Utterance, ...]
    recordings: tuple[data.Recording, ...]
    skipped: tuple[Skip, ...]
    confounds: tuple[Confound, ...]
    giveaways: tuple[Giveaway, ...]
    duplicates: tuple[Duplicate, ...]
    warnings: tuple[str, ...]

    def text(self) -> str:
        """All of it, to read."""
        corpora = describe_corpora(
            self.classes, self.config.data.label_map, self.corpora, self.strangers
        )
        unseen = self.config.data.ood
        prior = describe_prior(
            self.classes, self.corpora, DEFAULT_OOD if unseen is None else unseen
        )
        return f"{corpora}\n\n{prior}\n\n{describe_warnings(self.warnings)}"


def prepare(
    config: Config, progress: bool = True, readers: Sequence[Reader] | None = None
) -> Preparation:
    """Read and check the corpora, extract their features, and write the tables.

    What was extracted stays in the cache: another call goes on where one was stopped.
    Nothing is split. The workdir is `runs/prepare` unless it is set.

    Args as `serjax.load_dataset`.

    Raises:
      NothingUsable: every recording is left out; skipped.csv says why.
      ValueError: the data cannot be read or lack a corpus that is named, or
        the workdir holds something else.
      serjax.errors.InUse: another process prepares there, and `run.wait` is not set.
      OSError: the workdir cannot be written.
    """
    workdir = Path(config.run.workdir or Path("runs") / "prepare")
    check_workdir(workdir, config)
    try:
        corpora = read_corpora(config.data, config.run.cache_dir, readers)
    except NothingUsable as error:
        with holding(workdir, config.run.wait):
            _write_skips_alone(workdir, config, error.skipped)
        raise
    with holding(workdir, config.run.wait) as check_place:
        try:
            stored = data.store_usable(corpora, config, progress)
        except NothingUsable as error:
            check_place()
            _write_skips_alone(workdir, config, error.skipped)
            raise
        preparation = _examine(config, workdir, corpora, stored)
        check_place()
        _write(preparation)
    return preparation


def _examine(
    config: Config, workdir: Path, corpora: Corpora, stored: data.StoredUtterances
) -> Preparation:
    rows, recordings = stored.utterances, stored.recordings
    columns = attribute_columns(rows)
    confounds = find_confounds(columns)
    giveaways = find_giveaways([it.corpus for it in rows], recordings)
    fingerprints = stored.fingerprints
    duplicates = find_duplicates(rows, stored.origins, fingerprints)
    summaries = inventory.summarise(corpora, stored, config.data)
    skipped = data.all_skipped(corpora, stored)
    warnings = (
        *(f"{text}." for text in corpora.notes),
        *inventory.warn_of_files(summaries),
        *_warn_of_split(corpora, stored, config.data, fingerprints),
        *warn_of_duplicates(duplicates),
        *warn_of_confounds(columns, confounds, corpora.classes),
        *warn_of_giveaways(giveaways, config.features.sample_rate_hz),
    )
    return Preparation(
        config=config,
        workdir=workdir,
        classes=corpora.classes,
        corpora=summaries,
        strangers=inventory.count_reasons(it for it in skipped if it.corpus is None),
        utterances=rows,
        recordings=recordings,
        skipped=skipped,
        confounds=confounds,
        giveaways=giveaways,
        duplicates=duplicates,
        warnings=warnings,
    )


def _warn_of_split(
    corpora: Corpora,
    stored: data.StoredUtterances,
    settings: DataSettings,
    fingerprints: Sequence[str],
) -> Iterator[str]:
    """Say what training would make of a split that is given."""
    rows, split = stored.utterances, settings.split
    if any(it.part for it in rows):
        try:
            ood = data.resolve_ood(settings.ood, corpora.corpora)
            parts = data.split_by_speaker(rows, ood, settings.split_seed, split)
            classes, digests = corpora.classes, stored.origins
            data.check_split(rows, parts, digests, classes, split, fingerprints)
            yield from (f"{text}." for text in note_split(rows, parts, ood))
        except ValueError as error:
            yield f"Training would refuse the split: {error}"


def _write_skips_alone(workdir: Path, config: Config, skipped: Sequence[Skip]) -> None:
    for name in TABLES:
        (workdir / name).unlink(missing_ok=True)
    write_config(workdir, config)
    data.write_skipped(workdir / "skipped.csv", skipped)


def _write(preparation: Preparation) -> None:
    workdir, classes = preparation.workdir, preparation.classes
    several = [it for it in preparation.corpora if it.is_multichannel]
    channels = {it.corpus: it.channel for it in several}
    write_config(workdir, preparation.config, classes=classes, channels=channels)
    durations_s = [recording.duration_s for recording in preparation.recordings]
    write_manifest(workdir / "manifest.csv", preparation.utterances, durations_s)
    data.write_skipped(workdir / "skipped.csv", preparation.skipped)
    write_confounds(workdir / "confounds.csv", preparation.confounds)
    write_giveaways(workdir / "giveaways.csv", preparation.giveaways)
    write_duplicates(workdir / "duplicates.csv", preparation.duplicates)
