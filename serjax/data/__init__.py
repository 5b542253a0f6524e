"""Utterances -> features, speaker-disjoint parts, labels and batches (no jax)."""

from serjax.data.attributes import Attribute, encode_attributes
from serjax.data.audio import Audio, UnusableAudio, read_audio
from serjax.data.batches import (
    Batch,
    bucket_lengths,
    default_batch_size,
    epoch_batches,
    evaluation_batches,
)
from serjax.data.checks import check_copies, check_named
from serjax.data.dataset import (
    Dataset,
    all_skipped,
    load_dataset,
    store_corpora,
    store_usable,
)
from serjax.data.joined import FeatureStore
from serjax.data.leaks import check_split
from serjax.data.logmel import log_mel, num_frames
from serjax.data.normalisation import normalise
from serjax.data.parts import Holding, count_parts, describe_parts, note_parts
from serjax.data.recording import Recording
from serjax.data.splits import resolve_ood, split_by_speaker
from serjax.data.store import StoredUtterances, store_features
from serjax.data.tables import stretch_columns, write_skipped, write_splits

__all__ = [
    "Attribute",
    "Audio",
    "Batch",
    "Dataset",
    "FeatureStore",
    "Holding",
    "Recording",
    "StoredUtterances",
    "UnusableAudio",
    "all_skipped",
    "bucket_lengths",
    "check_copies",
    "check_named",
    "check_split",
    "count_parts",
    "default_batch_size",
    "describe_parts",
    "encode_attributes",
    "epoch_batches",
    "evaluation_batches",
    "load_dataset",
    "log_mel",
    "normalise",
    "note_parts",
    "num_frames",
    "read_audio",
    "resolve_ood",
    "split_by_speaker",
    "store_corpora",
    "store_features",
    "store_usable",
    "stretch_columns",
    "write_skipped",
    "write_splits",
]
