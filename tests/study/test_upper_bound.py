import dataclasses
import json
import re
import shlex

import numpy as np
import pytest
import soundfile

import serjax.study.execution as execution
import serjax.study.loop as loop
from serjax.analysis.cells import summarise_study
from serjax.analysis.upper_bound import ABOUT, summarise_bounds, summarise_bounds_of
from serjax.config import make_config
from serjax.data import load_folds
from serjax.records.folder import read_study
from serjax.records.run_config import open_run
from serjax.records.study_record import BoundFacts, GridRun
from serjax.reporting.elements import Drawer
from serjax.reporting.findings import findings
from serjax.reporting.page import render
from serjax.reporting.results import results_section
from serjax.reporting.verdicts import describe_verdicts
from serjax.reporting.writers import to_latex
from serjax.study.plan import describe_plan, make_plan
from serjax.study.upper_bound import Bound, load_bounds
from serjax.training import NonFinite
from tests.experiments.scripts import TINY, call_script, write_speech
from tests.made_records import make_run_config, make_study_record
from tests.small_study import speakers, write_run, write_study
from tests.study.results import as_record, make_result
from tests.training.made import make_dataset

NOTE = "Upper bound of tess: tested on 1 speaker."


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Emo-DB (six speakers), TESS (two), and corpora that have no bound; their bounds.

    All are held out in turn. Of solo there is one speaker; dull has no neutral.
    """
    folder = tmp_path_factory.mktemp("bounds")
    write_speech(folder)
    noise, lines = np.random.default_rng(1), ["file,emotion,speaker,corpus"]
    for corpus, number, emotions in (
        ("solo", 1, "NEG"),
        ("trio", 3, "NEG"),
        ("dull", 4, "NG"),
    ):
        names = {"N": "negative", "E": "neutral", "G": "positive"}
        for speaker in range(number):
            for letter in emotions:
                name = f"{corpus}{speaker}{letter}.wav"
                lines.append(f"{name},{names[letter]},{speaker},{corpus}")
                soundfile.write(folder / name, noise.standard_normal(4800) / 10, 16000)
    table = folder / "mine.csv"
    table.write_text("\n".join(lines))
    config = make_config(
        data=str(folder),
        manifest=str(table),
        protocol="leave_one_out",
        channel="first,emodb:mean",
    )
    folds = load_folds(config, progress=False)
    return {it.corpus: it for it in load_bounds(config, folds, progress=False)}


def heard(bound, part):
    return {bound.dataset.utterances[row].speaker for row in bound.dataset.rows(part)}


def test_a_bound_has_rows_of_its_corpus_alone_and_no_test_speaker_elsewhere(loaded):
    for corpus in ("emodb", "tess"):
        dataset = loaded[corpus].dataset
        assert {row.corpus for row in dataset.utterances} == {corpus}
        assert "ood" not in dataset.parts
        assert heard(loaded[corpus], "test")
        assert not heard(loaded[corpus], "test") & heard(loaded[corpus], "train")
    emodb = loaded["emodb"]
    assert emodb.config.data.split == "strict"
    assert not heard(emodb, "test") & heard(emodb, "valid")
    assert emodb.config.data.channel == ("first", "emodb:mean")
    assert emodb.note == (
        "Upper bound of emodb: tested on 1 speaker, 6 utterances; trained on 4 "
        "speakers, 24 utterances."
    )


def test_of_two_speakers_one_trains_and_the_other_validates_and_tests(loaded):
    tess = loaded["tess"]
    assert tess.config.data.split == "shared_heldout"
    assert len(heard(tess, "train")) == 1
    assert heard(tess, "valid") == heard(tess, "test") != heard(tess, "train")
    assert "speakers are few, so valid and test share one" in tess.note
    assert tess.config.data.channel == ("first",)  # emodb is not read


def test_what_cannot_be_split_or_trained_on_has_a_reason_in_its_place(loaded):
    assert loaded["solo"].dataset is loaded["dull"].dataset is None
    assert loaded["solo"].note.startswith(
        "No upper bound of solo: Corpus 'solo' has 1 speaker(s), and a split into"
    )
    assert loaded["dull"].note.startswith(
        "No upper bound of dull: No training row of class neutral"
    )


def test_without_an_unseen_corpus_there_is_nothing_to_bound():
    dataset = dataclasses.replace(make_dataset(), ood=())
    with pytest.raises(ValueError, match="upper_bound: no corpus is unseen.*--ood"):
        load_bounds(make_config(), {"": dataset})


@pytest.fixture
def instant(monkeypatch):
    """Replace training, and the loading of TESS's bound; lists folders trained in."""
    trained: list[str] = []

    def train(config, dataset, report, on_epoch, **own):
        training, folder = config.training, loop.Path(config.run.workdir)
        if not (folder / "result.json").exists():
            trained.append(str(folder))
            alone = folder.parts[-3] == "tess"
            assert (dataset.identity == "tess alone") == alone
            facts = training.approach, training.attributes, training.seed
            result = make_result(*facts, test=91.0 + training.seed if alone else 60.0)
            if alone:
                for it in filter(lambda it: isinstance(it, dict), result.values()):
                    it.pop("tess")
            auc = dict.fromkeys(result["ua"], 0.9 if alone else 0.6)
            folder.mkdir(parents=True)
            open_run(folder, make_run_config(config))
            as_record({**result, "auc": auc, "auc_last": auc}).write(folder)
        return json.loads((folder / "result.json").read_text())

    def load(config, folds, progress=True):
        alone = dataclasses.replace(make_dataset(), identity="tess alone")
        none = Bound("solo", config, None, "No upper bound of solo: one speaker.")
        return Bound("tess", config, alone, NOTE), none

    monkeypatch.setattr(execution, "train", train)
    monkeypatch.setattr(loop, "load_bounds", load)
    return trained


def run_study(folder, **more):
    given = {"dataset": make_dataset(), "report": None, "workers": 1, **more}
    grid = ("baseline", "reversal"), (("gender",),), (0, 1, 2)
    return loop.run_study(make_config(), *grid, folder, **given)


def test_a_bound_is_a_row_of_its_own_and_among_no_others(tmp_path, instant):
    plain = run_study(tmp_path / "plain")
    record = run_study(tmp_path / "bound", upper_bound=True)
    assert record.table.rows == plain.table.rows  # differences, p, counts
    assert [it["ua"]["test"] for it in record.upper_bound] == [91.0, 92.0, 93.0]
    assert len(record.results) == len(plain.results) == 6
    for name in ("results.jsonl", "study.json"):
        text = (tmp_path / "bound" / name).read_text()
        assert text.count('"baseline"') == 3 + (name == "study.json") * 4, name
    text = record.table.text()
    *_, rule, row = text.split("\n\n")[1].splitlines()
    assert set(rule) == {"-"}
    assert row.split("|")[0].split() == ["upper", "bound", "-", "3", "-"]
    assert row.split("|")[1].split() == []  # of the others' test part
    assert row.split("|")[2].split() == "92.0±1.0 - 92.0±1.0 - 0".split()
    assert text.index(ABOUT) < text.index(NOTE) < text.index("No upper bound of solo")
    last = (tmp_path / "bound" / "tables" / "ua.csv").read_text().splitlines()[-1]
    assert last.startswith("upper bound,-,tess,3,0,0,92.0000,1.0000,89.5159,94.4841,,")
    assert "| upper bound | - | 3 | - |  |" in record.table.markdown()


def test_a_studys_files_have_it_in_a_row_and_count_it_nowhere(tmp_path):
    rows = [*speakers("valid", ["t2"]), *speakers("test", ["t4"])]
    runs = [GridRun(f"baseline-seed{seed}", "baseline", [], seed) for seed in (0, 1, 2)]
    for run in runs[:2]:
        write_run(tmp_path / "upper_bound" / "tess", seed=run.seed, rows=rows)
    plain = write_study(tmp_path)
    bounds = {"tess": BoundFacts(NOTE, runs)}
    grid = [
        GridRun(it.name, it.approach, [*it.attributes], it.seed) for it in plain.runs
    ]
    make_study_record(runs=grid, upper_bound=bounds).write(tmp_path)
    study = read_study(tmp_path)
    assert [run.name for run in study.runs] == [run.name for run in plain.runs]
    for measure in ("ua", "auc", "nll"):
        assert summarise_study(study, measure) == summarise_study(plain, measure)
        (bound,) = summarise_bounds_of(study, measure)
        assert (bound.approach, bound.part) == ("upper bound", "tess")
        assert (bound.n, bound.unfinished) == (2, 1)
        assert bound.best.score.n == 2 and bound.best.difference.n == 0
        assert bound.best.holm_p is None
    assert describe_verdicts(study) == describe_verdicts(plain)
    assert [*findings(study)] == [*findings(plain)]

    tables = {}
    for it in results_section(study).blocks:
        for table in it.blocks if isinstance(it, Drawer) else [it]:
            tables[getattr(table, "name", "")] = table
    for name in ("results-tess", "nll-tess"):
        *_, last = tables[name].rows
        assert [cell.text for cell in last[:3]] == ["upper bound", "-", "2 (1 to come)"]
        assert tables[name].num_apart == 1 and [*tables[name].notes][:2] == [
            ABOUT,
            NOTE,
        ]
    for name in ("results-test", "tests-tess"):
        assert all("bound" not in row[0].text for row in tables[name].rows)
        assert tables[name].num_apart == 0
    lines = to_latex(tables["results-tess"]).splitlines()
    place = next(n for n, line in enumerate(lines) if "upper bound & -" in line)
    assert lines[place - 1].strip() == r"\midrule"
    page = render("A study", [results_section(study)])
    apart = re.search(r"</tbody>\s*<tbody>\s*<tr>\s*<th[^>]*>upper bound", page)
    assert apart


def test_bounds_are_trained_after_the_grid_shared_out_and_gone_on_with(
    tmp_path, instant, monkeypatch
):
    run_study(tmp_path, upper_bound=True, shard=(1, 2))
    own = str(tmp_path / "upper_bound" / "tess" / "runs" / "baseline-seed")
    assert instant[-2:] == [f"{own}0", f"{own}2"] and len(instant) == 5
    whole = execution.train

    def diverge(config, *others, **named):
        if config.run.workdir == f"{own}1":
            raise NonFinite("The loss is nan.")
        return whole(config, *others, **named)

    monkeypatch.setattr(execution, "train", diverge)
    record = run_study(tmp_path, upper_bound=True)
    assert len(instant) == 8 and len(record.results) == 6
    assert [it["upper_bound"] for it in record.failed] == ["tess"]
    failed = "Failed: upper bound of tess, baseline - seed 1: The loss is nan."
    assert failed in record.table.text()
    assert [row.failed for row in record.table.rows] == [0] * 4
    bounds = loop.load_bounds(make_config(), {})
    asked = ("baseline",), (), (0,), tmp_path, {"": make_dataset()}
    plan = make_plan(make_config(), *asked, bounds=bounds)
    assert describe_plan(plan).splitlines()[1:] == [
        "upper_bound/tess/baseline-seed0  finished",
        NOTE,
        "No upper bound of solo: one speaker.",
        "Runs: 2 (2 finished)",
    ]


def test_over_corpora_there_is_a_mean_if_all_have_a_bound():
    results = [
        {**make_result(test=test, tess=None), "upper_bound": corpus}
        for corpus, test in (("emodb", 80.0), ("tess", 90.0))
    ]
    rows = summarise_bounds(("emodb", "tess"), results)
    assert [(row.part, row.best.score.mean) for row in rows] == [
        ("emodb", 80.0),
        ("tess", 90.0),
        ("mean over corpora", 85.0),
    ]
    more = summarise_bounds(("emodb", "solo", "tess"), results)
    assert [row.part for row in more] == ["emodb", "tess"]


def test_a_study_trains_its_bound_as_the_command_that_it_prints(
    speech_folder, tmp_path
):
    command = [*TINY, "--workers=1", f"--data={speech_folder}", f"--workdir={tmp_path}"]
    command += ["--approaches=baseline", "--upper_bound", "--measure=nll"]
    done = call_script("study", *command)
    assert done.returncode == 0, done.stderr
    assert "[2/2] upper bound of tess, baseline - seed 0: test " in done.stdout
    assert "\nupper bound -   1 " in done.stdout
    study = read_study(tmp_path)
    assert [run.name for run in study.runs] == ["baseline-seed0"]
    assert len(describe_verdicts(study)) == 1
    assert "upper bound" in (tmp_path / "report.html").read_text()
    (run,) = study.upper_bound("tess").finished
    assert [*run.result.ua] == ["valid", "test"]
    assert {*run.config.training_classes} == {"tess"}

    told = call_script("study", *command, "--print_commands")
    words = shlex.split(told.stdout.splitlines()[-1])
    assert f"--workdir={run.folder}" in words
    again = call_script("train", *words[3:])  # finds this very run
    assert again.returncode == 0 and "epoch   1/2" not in again.stdout
