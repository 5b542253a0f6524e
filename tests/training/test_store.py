import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.data import Dataset
from serjax.data.joined import FeatureStore
from serjax.training.host import HostStore
from serjax.training.store import gather, put_on_device
from tests.training.made import MELS

FRAMES = 20


@pytest.fixture(scope="module")
def cut():
    """The gather, compiled: batch of four rows, padded to 20 frames."""
    return jax.jit(gather, static_argnums=2)


@pytest.mark.parametrize("rows", [[0, 35, 7, 7], [-1, 3, -1, 35], [-1, -1, -1, -1]])
def test_gather_equals_slicing(dataset, store, cut, rows):
    batch = cut(store, jnp.array(rows, jnp.int32), FRAMES)
    assert batch.features.shape == (4, FRAMES, MELS)
    for at, row in enumerate(rows):
        if row < 0:
            np.testing.assert_array_equal(batch.features[at], 0)
            assert batch.lengths[at] == 0
            assert batch.labels[at] == -1
            assert (batch.attributes[at] == -1).all()
            continue
        real = dataset.store.row(row)
        length = len(real)
        np.testing.assert_array_equal(batch.features[at, :length], real)
        np.testing.assert_array_equal(batch.features[at, length:], 0)
        assert batch.lengths[at] == length
        assert batch.labels[at] == dataset.labels[row]
        expected = [a.labels[row] for a in dataset.attributes.values()]
        assert batch.attributes[at].tolist() == expected


def test_an_attribute_that_training_never_saw_has_no_label(dataset, store, cut):
    row = int(dataset.rows("ood")[0])  # an unseen corpus and speaker; a known language
    batch = cut(store, jnp.full(4, row, jnp.int32), FRAMES)
    assert list(dataset.attributes) == ["corpus", "speaker", "gender", "language"]
    assert batch.attributes[0, :2].tolist() == [-1, -1]
    assert (batch.attributes[0, 2:] >= 0).all()


def test_a_copy_is_labelled_as_its_row(dataset):
    row = int(dataset.rows("train")[2])
    rows = [*map(dataset.store.row, range(36)), dataset.store.row(row)[:5]]
    copied = dataclasses.replace(
        dataset,
        store=FeatureStore.join(rows, MELS),
        copy_of=np.array([row]),
    )
    for store in (put_on_device(copied), HostStore.of(copied)):
        assert store.labels.tolist()[36:] == [dataset.labels[row]]
        assert store.attributes[36].tolist() == store.attributes[row].tolist()
    batch = gather(put_on_device(copied), jnp.array([36]), FRAMES)
    assert batch.lengths.tolist() == [5]
    np.testing.assert_array_equal(batch.features[0, :5], rows[36])


def test_a_data_set_without_attributes_has_no_columns(dataset):
    store = put_on_device(dataclasses.replace(dataset, attributes={}))
    assert store.attributes.shape == (36, 0)
    assert gather(store, jnp.array([0, -1]), FRAMES).attributes.shape == (2, 0)


def test_more_frames_than_can_be_indexed_are_refused(dataset):
    class Many:
        def __len__(self):
            return 2**31

    fields = {f.name: getattr(dataset, f.name) for f in dataclasses.fields(dataset)}
    stored = FeatureStore(Many(), dataset.store.offsets, dataset.store.lengths)  # pyright: ignore
    with pytest.raises(ValueError, match="2147483648 frames"):
        put_on_device(Dataset(**{**fields, "store": stored}))
