"""A sixth method, of a user's own: in flags, training, table, figures and captions."""

from pathlib import Path

import pytest
from absl import flags

from experiments.flags import config_from_flags, define_settings_flags, help_text
from serjax.methods import METHODS, Method, Seen, labelled_mean
from serjax.reporting.drawing import marks_of
from serjax.reporting.report import report
from serjax.study.loop import run_study
from serjax.training.checkpoints import read_params
from tests.pages import ROOT, example
from tests.training.made import make_dataset, make_small_config


def squared(seen: Seen):
    return labelled_mean(seen.losses**2, seen.labels)


SIXTH = Method(
    name="sixth",
    does="learn to hide it from a head that hates to be wrong",
    equation="L = L_emo + lambda/N sum_i R(L_a_i^2)",
    reference="Nobody, nowhere, Eq. 6",
    strength=0.3,
    reads="embedding",
    reverses=True,
    term=squared,
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of the baseline, two of serjax's methods and the sixth, two seeds."""
    folder = tmp_path_factory.mktemp("study")
    lines: list[str] = []
    record = run_study(
        make_small_config(epochs=2),
        ("baseline", "multitask", "ganin", "sixth"),
        [("corpus",)],
        (0, 1),
        folder,
        dataset=make_dataset(),
        report=lines.append,
        methods=(SIXTH,),
        workers=1,
    )
    return folder, record, lines


def test_flags_and_their_help_know_it():
    values = flags.FlagValues()
    define_settings_flags(values=values)
    values(["script", "--roles=corpus:sixth:0.7,speaker:ganin"])
    config = config_from_flags(values, (SIXTH,))
    assert [str(role) for role in config.training.roles] == [
        "corpus:sixth:0.7",
        "speaker:ganin",
    ]
    with pytest.raises(ValueError, match="role of corpus='sixth': expected one of"):
        config_from_flags(values)
    text = " ".join(help_text("", values, (SIXTH,)).split())
    for it in (*METHODS.values(), SIXTH):
        assert it.does in text and (it.reference in text or not it.has_strength)
        has_flag = it is not SIXTH and it.has_strength
        assert (f"--{it.setting} (default: {it.strength})" in text) == has_flag


def test_the_table_and_the_lines_have_it(study):
    _, record, lines = study
    assert sum(line.split("] ")[1].startswith("sixth C seed") for line in lines) == 2
    rows = [it.split() for it in record.table.text().splitlines() if " C " in it]
    assert [row[0] for row in rows if row[1] == "C"][:3] == [
        "multitask",
        "ganin",
        "sixth",
    ]
    assert "alpha of sixth: its lambda." in record.table.text()


def test_every_approach_has_a_mark_of_its_own_in_every_figure():
    few, many = marks_of(["multitask", "sixth"]), marks_of([*METHODS, "sixth", "mixed"])
    assert few["multitask"] == many["multitask"] and few["sixth"] == many["sixth"]
    crowd = marks_of(["baseline", *METHODS, "mixed", *(f"own{i}" for i in range(10))])
    assert len(set(crowd.values())) == len(crowd) >= 21


def test_a_finished_run_of_it_needs_no_code_to_be_read(study):
    folder, _, _ = study
    from serjax.training.devices import select_platform

    params = read_params(folder / "runs/sixth-C-seed0", "best", select_platform("cpu"))
    assert "attribute_corpus" in params["heads"]


def test_the_docs_list_the_methods_as_their_records_do():
    text = (ROOT / "docs" / "methods.md").read_text()
    for it in METHODS.values():
        row = f"| `{it.name}` | {it.symbol or '-'} | {it.does} | `{it.equation}` |"
        assert row in text


def test_the_docs_example_goes_through_training_table_and_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = example("Krueger")
    assert len(code.splitlines()) <= 30
    names: dict = {"__name__": "mine"}
    exec(compile(code, "methods.md", "exec"), names)
    record = run_study(
        make_small_config(epochs=3),
        ("baseline", "vrex"),
        [("corpus",)],
        workdir="vrex",
        dataset=make_dataset(),
        report=None,
        methods=(names["vrex"],),
        workers=1,
    )
    assert "\nvrex " in record.table.text()
    report("vrex")
    assert ">vrex<" in Path("vrex/figures/forest-test.svg").read_text()
    (line, *_) = Path("vrex/runs/vrex-C-seed0/metrics.jsonl").read_text().splitlines()
    assert '"corpus_term": ' in line and '"alpha": 1.0' in line
