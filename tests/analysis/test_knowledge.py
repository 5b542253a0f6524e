import json
import os

import numpy as np
import pytest

from serjax.analysis import knowledge
from serjax.analysis.knowledge import know_run, know_study, probe_all, read_knowledge
from serjax.records.folder import read_study
from serjax.records.predictions import Embeddings, write_embeddings
from tests.small_study import ROWS, speakers, write_run, write_study


def _known(folder, **kwargs):
    path = write_run(folder, **kwargs)
    (run,) = (r for r in read_study(folder).runs if r.folder == path)
    return know_run(run)


def test_what_the_embedding_shows_is_known_and_nothing_else(tmp_path):
    found = _known(tmp_path, shown="corpus")["all", "best"]
    assert found.probes["corpus"].balanced_accuracy > 90
    assert found.probes["corpus"].chance_balanced_accuracy == pytest.approx(100 / 3)
    assert found.probes["gender"].balanced_accuracy < 75
    assert found.silhouette is not None
    assert found.silhouette > 0.4


def test_best_and_last_are_probed_apart(tmp_path):
    found = _known(tmp_path, shown="corpus")
    assert found["seen", "best"].probes["corpus"].balanced_accuracy > 90
    assert found["seen", "last"].probes["corpus"].balanced_accuracy < 80


def test_pools_are_the_seen_corpora_and_all(tmp_path):
    found = _known(tmp_path)
    assert found["seen", "best"].num_rows == 48
    assert found["all", "best"].num_rows == 60
    assert found["seen", "best"].probes["corpus"].chance_balanced_accuracy == 50


def test_with_no_unseen_corpus_there_is_one_pool(tmp_path):
    rows = [row for row in ROWS if row[0] != "ood"]
    assert {pool for pool, _ in _known(tmp_path, rows=rows)} == {"seen"}


def test_only_the_speakers_own_probe_shares_speakers(tmp_path):
    probes = _known(tmp_path)["seen", "best"].probes
    shared = [name for name, probe in probes.items() if not probe.is_speaker_disjoint]
    assert shared == ["speaker"]


def test_fewer_speakers_than_folds_means_fewer_folds(tmp_path):
    probes = _known(tmp_path)["all", "best"].probes
    assert probes["corpus"].num_folds == 2  # tess has two speakers
    assert probes["gender"].num_folds == 3


def test_one_speaker_of_a_value_is_said(tmp_path):
    rows = speakers("valid", ["a1", "a3"]) + speakers("test", ["a2"])
    found = _known(tmp_path, rows=rows)["seen", "best"]
    assert "gender" not in found.probes
    assert found.left_out["gender"] == "male has 1 speaker"


def test_a_value_with_one_speaker_is_left_out_where_others_remain(tmp_path):
    rows = [*ROWS, *speakers("ood", ["t5"])]
    rows = [row for row in rows if row[1] not in ("t1", "t3")]
    found = _known(tmp_path, rows=rows)["all", "best"]
    assert found.probes["corpus"].chance_balanced_accuracy == 50
    assert found.left_out["corpus"] == "tess has 1 speaker"


def test_one_corpus_and_one_speaker_leave_little_to_probe(tmp_path):
    found = _known(tmp_path, rows=speakers("test", ["a1"], each=9))["seen", "best"]
    assert found.silhouette is None
    assert not found.probes
    each = "negative, neutral, positive have 1 speaker each"
    assert found.left_out == {"emotion": each}


def test_rows_whose_value_is_unknown_are_left_out(tmp_path):
    rows = [
        (part, speaker, "" if speaker[0] == "b" else gender, *rest)
        for part, speaker, gender, *rest in ROWS
    ]
    probe = _known(tmp_path, rows=rows, shown="nothing")["seen", "best"].probes[
        "gender"
    ]
    assert probe.chance_cross_entropy == pytest.approx(np.log(2))
    assert probe.num_folds == 2


def test_numbers_are_kept_and_read_again(tmp_path, monkeypatch):
    study = write_study(tmp_path)
    first = know_study(study)
    assert len(first) == 6
    monkeypatch.setattr(knowledge, "know_run", None)  # would raise if called
    assert know_study(study) == first


def test_numbers_of_other_embeddings_are_computed_again(tmp_path):
    folder = write_run(tmp_path)
    (run,) = read_study(tmp_path).runs
    know_run(run)
    assert read_knowledge(run) is not None
    it = run.embeddings
    write_embeddings(folder, run.rows, Embeddings(-it.best, -it.last))
    assert read_knowledge(run) is None


@pytest.mark.parametrize("content", ["", "[]", '{"version": 1}'])
def test_a_broken_file_is_computed_again(tmp_path, content):
    folder = write_run(tmp_path)
    (folder / "probes.json").write_text(content)
    (run,) = read_study(tmp_path).runs
    assert read_knowledge(run) is None
    assert know_study(read_study(tmp_path))
    assert json.loads((folder / "probes.json").read_text())["pools"]


def test_a_study_that_cannot_be_written_to_is_probed_all_the_same(
    tmp_path, monkeypatch
):
    write_run(tmp_path)

    def refuse(*args):
        raise PermissionError

    monkeypatch.setattr(knowledge, "write_json", refuse)
    assert know_study(read_study(tmp_path))
    assert not list(tmp_path.rglob("probes.json"))


def test_many_rows_are_drawn_from_the_same_in_every_run(tmp_path, monkeypatch):
    monkeypatch.setattr(knowledge, "MAX_ROWS", 40)
    found = _known(tmp_path)["all", "best"]
    assert (found.num_rows, found.num_rows_in_pool) == (40, 60)
    rows = np.arange(100)
    assert knowledge._draw(rows).tolist() == knowledge._draw(rows).tolist()


def test_an_embedding_that_is_constant_is_at_chance():
    values = {
        "speaker": np.repeat(["é1", "é2", "é3", "é4"], 6),
        "corpus": np.repeat(["a", "b"], 12),
    }
    found = probe_all(np.ones((24, 5)), values, 24)
    assert found.probes["corpus"].balanced_accuracy == 50
    assert found.silhouette == 0


@pytest.mark.slow
def test_processes_find_what_one_process_finds(tmp_path, monkeypatch):
    study = write_study(tmp_path)
    alone = know_study(study)
    for path in tmp_path.rglob("probes.json"):
        os.remove(path)
    monkeypatch.setattr(knowledge, "_RUNS_PER_PROCESS", 3)
    monkeypatch.setattr(knowledge.loky, "cpu_count", lambda: 2)
    assert know_study(study) == alone
