import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from serjax.analysis import projection
from serjax.analysis.projection import (
    choose_points,
    project,
    project_once,
)


def clouds(num_each=20, size=8):
    """Two clouds far from each other."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((2 * num_each, size)).astype(np.float32)
    rows[num_each:] += 20
    return rows, np.repeat(["a", "b"], num_each)


def test_neighbours_stay_beside_each_other_and_the_picture_is_always_the_same():
    rows, clouds_of = clouds()
    points = project(rows)
    assert points.dtype == np.float32
    assert silhouette_score(points, clouds_of) > 0.8
    np.testing.assert_array_equal(project(rows), points)


@pytest.mark.parametrize("num_rows", [0, 1, 2, 3, 4, 5])
def test_fewer_rows_than_neighbours_are_laid_out_all_the_same(num_rows):
    points = project(clouds()[0][:num_rows])
    assert points.shape == (num_rows, 2)
    assert np.isfinite(points).all()


def test_a_dead_embedding_is_one_point():
    assert not project(np.ones((40, 8), np.float32)).any()


def test_a_projection_is_made_once_for_the_same_embedding(tmp_path, monkeypatch):
    rows, _ = clouds()
    path = tmp_path / "tsne.npz"
    asked = []

    def stand_in(embeddings):
        asked.append(embeddings)
        return np.full((len(embeddings), 2), len(asked), np.float32)

    monkeypatch.setattr(projection, "project", stand_in)
    assert project_once(path, rows)[0, 0] == 1
    assert project_once(path, rows)[0, 0] == 1
    assert project_once(path, rows + 1)[0, 0] == 2
    path.write_bytes(b"PK damaged")
    assert project_once(path, rows)[0, 0] == 3


def test_where_a_projection_cannot_be_kept_it_is_given_all_the_same(tmp_path):
    rows, _ = clouds(4)
    (tmp_path / "file").write_text("")
    points = project_once(tmp_path / "file" / "tsne.npz", rows)
    np.testing.assert_array_equal(points, project(rows))


def test_of_too_many_rows_each_corpus_keeps_its_share():
    corpora = np.repeat(["a", "b", "c"], [600, 300, 100])
    chosen = choose_points(corpora, 100)
    names, counts = np.unique(corpora[chosen], return_counts=True)
    assert list(names) == ["a", "b", "c"]
    np.testing.assert_allclose(counts, [60, 30, 10], atol=1)
    assert len(chosen) == 100
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(choose_points(corpora, 100), chosen)
    assert (choose_points(corpora, 100, seed=1) != chosen).any()


def test_of_few_enough_rows_all_are_drawn():
    np.testing.assert_array_equal(choose_points(["b", "a", "b"], 3), [0, 1, 2])
