"""A data set with other rows than it had: fewer, or the same ones several times."""

import dataclasses
import hashlib
import math
from collections import defaultdict

import numpy as np

from serjax.data import Dataset, FeatureStore


def take_rows(dataset: Dataset, rows: np.ndarray) -> Dataset:
    """Make a data set of some rows, in the order given; a row may come repeatedly.

    Attributes keep their values, and so their heads, whichever rows are left. There are
    no copies.
    """
    spectrograms = [dataset.store.row(row) for row in rows]
    digest = hashlib.sha256(np.asarray(rows, np.int64).tobytes()).hexdigest()
    return dataclasses.replace(
        dataset,
        utterances=tuple(dataset.utterances[row] for row in rows),
        recordings=tuple(dataset.recordings[row] for row in rows),
        store=FeatureStore.join(spectrograms, dataset.store.dims),
        parts=tuple(dataset.parts[row] for row in rows),
        labels=dataset.labels[rows],
        attributes={
            name: dataclasses.replace(attribute, labels=attribute.labels[rows])
            for name, attribute in dataset.attributes.items()
        },
        identity=f"{dataset.identity}-{digest}",
        copy_of=dataset.copy_of[:0],
    )


def thin(dataset: Dataset, num_rows: int) -> Dataset:
    """Keep about `num_rows` rows, of each part and corpus the same share.

    Within each they are spread evenly over the lengths, so that the distribution of
    lengths, and with it buckets and padding, stays what it was.
    """
    if num_rows >= len(dataset.labels):
        return dataset
    share = num_rows / len(dataset.labels)
    groups = defaultdict(list)
    for row, utterance in enumerate(dataset.utterances):
        groups[dataset.parts[row], utterance.corpus].append(row)
    kept = []
    for group in groups.values():
        lengths = np.asarray(dataset.store.lengths)[group]
        by_length = np.array(group)[np.argsort(lengths, kind="stable")]
        places = np.linspace(0, len(group) - 1, math.ceil(share * len(group)))
        kept.append(by_length[places.round().astype(int)])
    return take_rows(dataset, np.sort(np.concatenate(kept)))


def repeat(dataset: Dataset, times: int) -> Dataset:
    """Make a data set that has every row `times` times."""
    if times == 1:
        return dataset
    return take_rows(dataset, np.tile(np.arange(len(dataset.labels)), times))
