import json

import numpy as np
import pytest

from serjax.config import make_config
from serjax.records.folder import read_study
from serjax.records.predictions import Embeddings, Rows, write_embeddings, write_rows
from serjax.records.run_config import open_run
from serjax.reporting.elements import Drawer, Figure, Warning
from serjax.reporting.projection import projection_section
from tests.made_records import (
    CLASSES,
    make_dataset_facts,
    make_result_record,
    make_run_config,
)


@pytest.fixture
def add_run(tmp_path):
    """Writes a finished run into the study at `tmp_path`."""

    def add(approach, attributes=(), seed=0, corpora=("alpha", "beta"), **changed):
        config = make_config(approach=approach, attributes=attributes, seed=seed)
        folder = tmp_path / "runs" / config.training.name
        folder.mkdir(parents=True)
        rows = [
            (f"{corpus}-{n}.wav", part, corpus, f"{corpus}/Zoë{part}", gender, "en")
            for corpus in (*corpora, "unseen")
            for part in (("valid", "test") if corpus in corpora else ("ood",))
            for n, gender in enumerate(["female", "male", "", "male"])
        ]
        file, part, corpus, speaker, gender, language = map(
            np.array, zip(*rows, strict=True)
        )
        attributes = {"corpus": corpus, "speaker": speaker, "gender": gender}
        found = Rows(
            files=file,
            parts=part,
            attributes={**attributes, "language": language},
            labels=np.arange(len(rows)) % 4 % 3,
            predicted=np.ones(len(rows), int),
            probabilities=np.eye(3)[np.ones(len(rows), int)],
            classes=CLASSES,
        )
        write_rows(folder, found)
        rng = np.random.default_rng(len(approach))
        best, last = rng.standard_normal((2, len(rows), 5)).astype(np.float32)
        write_embeddings(folder, found, Embeddings(best, last))
        dataset = make_dataset_facts(identity=changed.pop("identity", "same"))
        open_run(folder, make_run_config(config, dataset=dataset))
        facts = {"epochs_run": 6, "best_epoch": 2, "alpha_at_best": 0.04}
        facts |= {"alpha_last": 0.5, "ua": {"test": 50.0}, **changed}
        make_result_record(**facts).write(folder)
        return folder

    (tmp_path / "runs").mkdir()
    return add


def section_of(folder):
    blocks = projection_section(read_study(folder)).blocks
    figures = [block for block in blocks if isinstance(block, Figure)]
    for drawer in (block for block in blocks if isinstance(block, Drawer)):
        figures += [it for it in drawer.blocks if isinstance(it, Figure)]
    warnings = [block.text for block in blocks if isinstance(block, Warning)]
    return figures, warnings


def test_without_a_finished_run_the_section_says_so(tmp_path, add_run):
    assert section_of(tmp_path) == (
        [],
        ["No run is finished, mixed ones aside: there is nothing to draw yet."],
    )


def test_the_papers_figure_is_drawn_at_the_last_epoch_and_at_the_best(
    tmp_path, add_run
):
    add_run("baseline")
    add_run("multitask", ["corpus"])
    add_run("reversal", ["corpus"])
    add_run("reversal", ["speaker"])
    figures, warnings = section_of(tmp_path)
    last, best = figures
    assert [figure.name for figure in figures] == ["embedding-last", "embedding-best"]
    assert "last epoch, seed 0: the same 16 utterances" in last.caption
    assert "left out" not in last.caption
    for figure, epoch, alpha in ((last, 6, 0.5), (best, 3, 0.04)):
        titles = ["baseline", f"epoch {epoch}", "multitask, C", "reversal, C"]
        titles += [f"epoch {epoch}, alpha {alpha:.2f}", "alpha", "beta", "unknown"]
        for title in (*titles, "by corpus", "by emotion", "by gender"):
            assert f">{title}</text>" in figure.svg, title
        assert "S" not in figure.description.replace("Scatter", "").replace("Silh", "")
        assert "unseen" not in figure.svg
    assert last.svg != best.svg
    assert warnings == ["Not in the figure, for no such run is finished: adversarial."]


def test_with_one_training_corpus_another_set_is_drawn_and_named(tmp_path, add_run):
    one = {"corpora": ("alpha",)}
    add_run("baseline", **one)
    add_run("reversal", ["gender"], **one)
    for approach in ("multitask", "reversal", "adversarial"):
        add_run(approach, ["speaker"], seed=1, **one)
        add_run(approach, ["speaker"], **one)
    (last, _), warnings = section_of(tmp_path)
    assert "seed 0" in last.caption
    assert "by speaker, emotion, gender" in last.caption
    assert ">alpha/Zoëtest</text>" in last.svg
    assert warnings == [
        "No finished run is trained with corpus alone, as in the paper's figure; "
        "these are trained with S."
    ]


def test_runs_over_other_data_are_never_set_beside_each_other(tmp_path, add_run):
    add_run("baseline")
    add_run("reversal", ["corpus"], identity="other")
    (last, _), warnings = section_of(tmp_path)
    assert "reversal" not in last.svg
    assert "reversal" in warnings[0]


def test_a_collapsed_run_is_drawn_and_marked(tmp_path, add_run):
    add_run("baseline", collapsed_last={"test": True})
    (last, best), _ = section_of(tmp_path)
    assert ">collapsed to one class</text>" in last.svg
    assert "collapsed" not in best.svg


def test_where_best_is_last_it_is_drawn_once(tmp_path, add_run):
    add_run("baseline", best_epoch=5)
    figures, _ = section_of(tmp_path)
    assert [figure.name for figure in figures] == ["embedding-last"]


def test_a_rebuild_projects_nothing_again(tmp_path, add_run, monkeypatch):
    folder = add_run("baseline", best_epoch=5)
    before, _ = section_of(tmp_path)
    assert (folder / "tsne-last.npz").exists()
    monkeypatch.delattr("serjax.analysis.projection.project")
    assert section_of(tmp_path)[0] == before


def test_a_run_with_several_roles_is_no_approach_of_the_papers(tmp_path, add_run):
    folder = add_run("reversal", ["gender"])
    add_run("baseline")
    config = json.loads((folder / "config.json").read_text())
    config["settings"] |= {"approach": "mixed", "roles": ["gender:reversal:0.1"]}
    (folder / "config.json").write_text(json.dumps(config))
    (last, _), warnings = section_of(tmp_path)
    assert "mixed" not in last.svg
    assert "multitask, reversal, adversarial" in warnings[0]
