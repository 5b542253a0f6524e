import dataclasses
import json

import pytest

import serjax.study.execution as execution
import serjax.study.loop as loop
from serjax.config import make_config
from serjax.corpora.utterance import Skip
from serjax.errors import InUse
from serjax.lock import holding
from serjax.methods import PAPER_APPROACHES as APPROACHES
from serjax.records.folder import read_study
from serjax.records.run_config import open_run
from serjax.study.plan import make_plan
from serjax.study.wording import describe_protocol
from serjax.training import NonFinite, Stopped
from tests.made_records import make_run_config
from tests.study.results import make_result
from tests.training.made import FOUR_CLASSES, make_dataset


@pytest.fixture
def dataset():
    """A data set without audio, in which language has one value."""
    made = make_dataset()
    attributes = {n: it for n, it in made.attributes.items() if n != "language"}
    return dataclasses.replace(
        made,
        attributes=attributes,
        inapplicable={"language": "language has one value in training: 'en'"},
        skipped=(Skip("a.wav", "empty"),),
    )


@pytest.fixture
def trained(monkeypatch):
    """Replace training by something instant; lists the runs that were trained."""
    names: list[str] = []

    def train(config, dataset, report, on_epoch, **own):
        training = config.training
        folder = loop.Path(config.run.workdir)
        if not (folder / "result.json").exists():
            names.append(training.name)
            result = make_result(training.approach, training.attributes, training.seed)
            folder.mkdir(parents=True)
            (folder / "result.json").write_text(json.dumps(result))
        return json.loads((folder / "result.json").read_text())

    monkeypatch.setattr(execution, "train", train)
    return names


def run_study(tmp_path, dataset, sets=(("corpus",), ("gender",)), **more):
    lines: list[str] = []
    record = loop.run_study(
        make_config(),
        attribute_sets=sets,
        workdir=tmp_path,
        dataset=dataset,
        report=lines.append,
        **{"workers": 1, **more},
    )
    return record, lines


def test_a_study_leaves_results_tables_and_a_line_per_run(tmp_path, dataset, trained):
    record, lines = run_study(tmp_path, dataset)
    assert len(trained) == len(record.results) == len(lines) == 1 + 3 * 2
    assert lines[1].startswith("[2/7] multitask C seed 0: test 60.0 %, tess 50.0 % (")
    gathered = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in gathered] == list(record.results)
    assert (tmp_path / "tables" / "ua.csv").read_text() == record.table.csv()
    assert (tmp_path / "tables" / "ua.md").read_text() == record.table.markdown()
    assert (tmp_path / "skipped.csv").read_text() == "file,reason\na.wav,empty\n"
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    tables = {"results.jsonl", "ua.csv", "ua.md", "skipped.csv"}
    assert left == {".lock", "study.json", "result.json", *tables}


def test_the_caption_says_preset_data_seeds_and_chance(tmp_path, dataset, trained):
    record, _ = run_study(tmp_path, dataset, seeds=(0, 4))
    text = record.table.text()
    for part in (
        "Preset demo; data synthetic; seeds 0,4.",
        "Trained on alpha, beta; unseen: gamma.",
        "Speakers tested on: test 2, gamma 2.",
        "chance is 33.33.",
        "Classes: 3 (negative, neutral, positive).",
        "macro recall, UAR",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= 100
    assert "of an unseen corpus" not in text
    made = make_config(normalisation="speaker")
    plan = make_plan(made, ["baseline"], [], [0], tmp_path / "other", {"": dataset})
    needs = "Normalised by speaker: needs speech and speaker identities of an unseen "
    assert f"{needs}corpus." in describe_protocol(plan, {"": dataset})


def test_four_classes_have_their_own_chance(tmp_path, trained):
    record, _ = run_study(tmp_path, make_dataset(classes=FOUR_CLASSES))
    for text in (record.table.text(), record.table.markdown()):
        assert "chance is 25.00." in text
        assert "Classes: 4 (anger, happiness, neutral, sadness)." in text


def test_finished_runs_are_not_trained_again(tmp_path, dataset, trained):
    run_study(tmp_path, dataset)
    (tmp_path / "runs" / "reversal-G-seed0" / "result.json").unlink()
    (tmp_path / "runs" / "reversal-G-seed0").rmdir()
    trained.clear()
    record, lines = run_study(tmp_path, dataset)
    assert trained == ["reversal-G-seed0"]
    assert len(record.results) == 7
    assert sum(line.endswith("(done before)") for line in lines) == 6


def test_a_study_that_is_stopped_goes_on_where_it_was(
    tmp_path, dataset, trained, monkeypatch
):
    instant = execution.train

    def stopped_at_the_fourth(config, *others, **named):
        if len(trained) == 3:
            raise Stopped(15, 2)
        return instant(config, *others, **named)

    monkeypatch.setattr(execution, "train", stopped_at_the_fourth)
    with pytest.raises(Stopped):
        run_study(tmp_path, dataset)
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 3
    monkeypatch.setattr(execution, "train", instant)
    done = list(trained)
    trained.clear()
    record, _ = run_study(tmp_path, dataset)
    assert len(trained) == 4
    assert not set(trained) & set(done)
    assert len(record.results) == 7


def test_more_seeds_join_those_that_are_done_each_with_its_baseline(
    tmp_path, dataset, trained
):
    run_study(tmp_path, dataset, (("gender",),))
    trained.clear()
    record, _ = run_study(tmp_path, dataset, (("gender",),), seeds=(0, 7))
    assert set(trained) == {"baseline-seed7"} | {
        f"{approach}-G-seed7" for approach in APPROACHES[1:]
    }
    seeds = [(result["approach"], result["seed"]) for result in record.results]
    assert seeds == [(approach, seed) for seed in (0, 7) for approach in APPROACHES]
    about = json.loads((tmp_path / "study.json").read_text())
    assert about["seeds"] == [0, 7] and len(about["runs"]) == 8


def test_study_json_stands_before_the_first_run_is_trained(
    tmp_path, dataset, monkeypatch
):
    def stopped(*others, **named):
        raise Stopped(15, 0)

    monkeypatch.setattr(execution, "train", stopped)
    with pytest.raises(Stopped):
        run_study(tmp_path, dataset)
    study = read_study(tmp_path)
    assert [run.status for run in study.runs] == ["planned"] * 7
    assert study.runs[1].name == "multitask-C-seed0"


def test_a_run_that_fails_is_listed_and_tried_again(
    tmp_path, dataset, trained, monkeypatch
):
    instant = execution.train

    def failing(config, *others, **named):
        if config.training.name == "adversarial-C-seed0":
            raise NonFinite("The loss is nan in epoch 2.")
        return instant(config, *others, **named)

    monkeypatch.setattr(execution, "train", failing)
    record, lines = run_study(tmp_path, dataset)
    assert len(record.results) == 6
    (failed,) = record.failed
    assert (failed["approach"], failed["attributes"]) == ("adversarial", ["corpus"])
    assert "Failed: adversarial C seed 0: The loss is nan" in record.table.text()
    assert any("The loss is nan in epoch 2. (failed)" in line for line in lines)
    last = (tmp_path / "results.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["status"] == "failed"

    monkeypatch.setattr(execution, "train", instant)
    trained.clear()
    record, _ = run_study(tmp_path, dataset)
    assert trained == ["adversarial-C-seed0"]
    assert not record.failed


def test_shards_train_every_run_once_and_leave_the_tables_to_the_whole(
    tmp_path, dataset, trained
):
    names, shards = [], []
    for number in (3, 1, 2):
        trained.clear()
        record, lines = run_study(tmp_path, dataset, shard=(number, 3))
        shards.append(list(trained))
        assert len(record.results) == len(lines) == len(trained)
        assert lines[0].startswith("[1/")
        names += trained
    assert shards[1] == ["baseline-seed0", "reversal-C-seed0", "adversarial-G-seed0"]
    assert len(names) == len({*names}) == 7
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"study.json", "skipped.csv", "runs", "shards"}
    assert len(json.loads((tmp_path / "study.json").read_text())["runs"]) == 7

    trained.clear()
    record, _ = run_study(tmp_path, dataset)
    assert trained == [] and len(record.results) == 7
    assert (tmp_path / "tables" / "ua.csv").read_text() == record.table.csv()
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 7


def test_a_shard_works_beside_others_and_writes_over_nothing(
    tmp_path, dataset, trained, monkeypatch
):
    instant = execution.train

    def beside(config, *others, **named):
        if not trained:  # while this one is at work, another one is
            monkeypatch.setattr(execution, "train", instant)
            run_study(tmp_path, dataset, shard=(2, 2))
            assert (tmp_path / "study.json").stat().st_mtime_ns == written
        return instant(config, *others, **named)

    run_study(tmp_path, dataset, shard=(1, 7))
    record = json.loads((tmp_path / "study.json").read_text())
    # As another machine has written it.
    record |= {"device": "gpu: another", "platform": {"cpus": 96}}
    (tmp_path / "study.json").write_text(json.dumps(record))
    written = (tmp_path / "study.json").stat().st_mtime_ns
    trained.clear()
    monkeypatch.setattr(execution, "train", beside)
    run_study(tmp_path, dataset, shard=(3, 7))
    assert len(trained) == 4
    assert json.loads((tmp_path / "study.json").read_text()) == record
    run_study(tmp_path, dataset, seeds=(0, 1), shard=(1, 99))  # another grid
    assert len(json.loads((tmp_path / "study.json").read_text())["runs"]) == 14


def test_a_shard_that_is_at_work_is_refused_and_others_are_not(
    tmp_path, dataset, trained
):
    with holding(tmp_path / "shards" / "1-of-2"):
        with pytest.raises(InUse, match="1-of-2 is in use by process"):
            run_study(tmp_path, dataset, shard=(1, 2))
        run_study(tmp_path, dataset, shard=(2, 2))
    assert len(trained) == 3


def test_a_shard_without_a_run_is_no_error(tmp_path, dataset, trained):
    record, lines = run_study(tmp_path, dataset, shard=(9, 9))
    assert (record.results, lines, trained) == ((), [], [])


def test_where_every_run_collapsed_the_table_says_what_may_help(
    tmp_path, dataset, trained, monkeypatch
):
    instant = execution.train

    def collapsed(*others, **named):
        result = instant(*others, **named)
        flags = {**result["collapsed"], "tess": True}
        classes = ["negative", "neutral", "positive"]
        confusion = {"tess": [[5, 0, 0], [4, 0, 0], [1, 0, 0]]}
        more = {"classes": classes, "confusion": confusion}
        return {**result, "collapsed": flags, **more}

    monkeypatch.setattr(execution, "train", collapsed)
    text = run_study(tmp_path, dataset)[0].table.text()
    assert "Collapsed in every run on tess: one class has 95 % or more" in text
    assert (
        "train negative 33 %, neutral 33 %, positive 33 %; tess negative 50 %, neutral "
        "40 %, positive 10 %."
    ) in text
    assert "To try: train longer (--epochs=80)" in text
    assert "To try" in (tmp_path / "tables" / "ua.md").read_text()


def test_an_attribute_with_one_value_is_listed_as_not_applicable(
    tmp_path, dataset, trained
):
    sets = (("corpus",), ("language",), ("corpus", "language"))
    record, lines = run_study(tmp_path, dataset, sets)
    assert list(record.not_applicable) == ["L", "C+L"]
    assert not any("L" in name for name in trained)
    note = "Not applicable: L (language has one value in training: 'en')"
    assert note in record.table.text()
    assert lines[0].startswith("Not applicable: L")


def test_an_attribute_that_the_data_do_not_have_is_an_error(tmp_path, dataset, trained):
    message = "no attribute 'age'; they have corpus, speaker, gender, language"
    with pytest.raises(ValueError, match=message):
        run_study(tmp_path, dataset, (("age",),))
    assert not trained
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_run_with_other_settings_is_named(tmp_path, dataset, monkeypatch):
    def refuse(config, *others, **named):
        raise ValueError("holds a run with other settings: epochs 3, now 5.")

    monkeypatch.setattr(execution, "train", refuse)
    with pytest.raises(ValueError, match=r"runs/baseline-seed0: holds .* epochs 3"):
        run_study(tmp_path, dataset)


def test_a_study_without_a_baseline_has_no_differences(tmp_path, dataset, trained):
    record, _ = run_study(tmp_path, dataset, approaches=APPROACHES[1:])
    assert len(record.results) == 6
    assert all(row.best.difference.mean is None for row in record.table.rows)


def test_sets_of_roles_are_rows_of_their_own_beside_the_baseline_of_their_seed(
    tmp_path, dataset, trained
):
    lines: list[str] = []
    record = loop.run_study(
        make_config(),
        "baseline",
        seeds="0-1",
        workdir=str(tmp_path),
        roles=["S:reversal,G:multitask", {"S": ("reversal", 0.3), "G": "multitask"}],
        dataset=dataset,
        report=lines.append,
        workers=1,
    )
    names = ["S:reversal+G:multitask", "S:reversal:0.3+G:multitask"]
    folders = ["mixed-S.reversal+G.multitask", "mixed-S.reversal.0.3+G.multitask"]
    assert trained == [
        f"{name}-seed{seed}" for seed in (0, 1) for name in ("baseline", *folders)
    ]
    assert lines[1].startswith(f"[2/6] mixed {names[0]} seed 0: test 60.0 %, ")
    gathered = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(it)["set_name"] for it in gathered] == ["-", *names] * 2
    rows = [row for row in record.table.rows if row.part == "test"]
    assert [(row.attributes, row.n) for row in rows] == [
        (it, 2) for it in ("-", *names)
    ]
    assert [row.best.difference.n for row in rows] == [0, 2, 2]
    text, csv = record.table.text(), (tmp_path / "tables" / "ua.csv").read_text()
    for name in names:
        assert f"mixed    {name} " in text
        assert f"mixed,{name},test,2" in csv
    assert "alpha of mixed: each role's, in the order of the set." in text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"approaches": "GR"}, "approaches='GR': expected some of"),
        ({"attribute_sets": "C+C"}, "one is named twice"),
        ({"seeds": -1}, "seeds=-1: expected numbers of 0 or more"),
        ({"roles": "speaker"}, "roles: cannot read 'speaker'"),
    ],
)
def test_a_grid_that_cannot_be_read_is_refused_before_all_else(
    tmp_path, asked, message
):
    with pytest.raises(ValueError, match=message):
        loop.run_study(make_config(data="absent"), **asked, workdir=tmp_path / "study")
    assert not list(tmp_path.iterdir())


def test_a_grid_may_be_given_as_its_flags_are(tmp_path, dataset, trained):
    grid = ("reversal,baseline", "C,G,C+G", 0)
    given = {"workdir": tmp_path, "dataset": dataset, "report": None, "workers": 1}
    loop.run_study(make_config(), *grid, **given)
    assert trained == ["baseline-seed0"] + [
        f"reversal-{names}-seed0" for names in ("C", "G", "C+G")
    ]


def test_report_none_is_silent(tmp_path, dataset, trained, capsys):
    loop.run_study(
        make_config(),
        ("baseline",),
        workdir=tmp_path,
        dataset=dataset,
        report=None,
        workers=1,
    )
    assert capsys.readouterr().out == ""


def test_each_corpus_is_held_out_in_turn(tmp_path, dataset, monkeypatch):
    folds = {
        name: dataclasses.replace(dataset, ood=(name,)) for name in ("emodb", "tess")
    }
    trained = []

    def train(config, fold, report, on_epoch, **own):
        (out,) = config.data.held_out
        trained.append((out, config.training.name))
        assert fold is folds[out] and config.data.protocol == "leave_one_out"
        seed, luck = config.training.seed, 10.0 * (out == "tess")
        gain = luck if config.training.attributes else 0.0
        result = make_result(
            config.training.approach, config.training.attributes, seed, tess=40.0 + gain
        )
        for key in ("ua", "ua_last", "collapsed", "collapsed_last"):
            result[key][out] = result[key].pop("tess")
        folder = loop.Path(config.run.workdir)
        folder.mkdir(parents=True)
        open_run(folder, make_run_config(config))
        return result

    monkeypatch.setattr(execution, "train", train)
    config = make_config(protocol="leave_one_out")
    lines: list[str] = []
    given = {"workdir": tmp_path, "report": lines.append, "workers": 1, "family": "all"}
    grid = (("baseline", "reversal"), (("gender",),), (0, 1))
    record = loop.run_study(config, *grid, dataset=folds, **given)
    assert [out for out, _ in trained] == ["emodb"] * 4 + ["tess"] * 4
    assert lines[0].startswith("[1/8] emodb out, baseline - seed 0: ")
    gathered = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(it)["held_out"] for it in gathered] == [it for it, _ in trained]
    text = record.table.text()
    heads = [line for line in text.splitlines() if line.strip().startswith("|")]
    titles = [it.strip() for head in heads for it in head.split("|")[1:]]
    assert titles == ["emodb", "tess", "mean over corpora"]
    rows = {(it.approach, it.part): it for it in record.table.rows}
    differences = [
        rows["reversal", part].best.difference.mean
        for part in ("emodb", "tess", "mean over corpora")
    ]
    assert differences == [0.0, 10.0, 5.0]
    assert rows["reversal", "mean over corpora"].n == 2  # seeds
    # On disk a run's folder is below its corpus's.
    study = read_study(tmp_path)
    assert study.about and study.about.held_out == ["emodb", "tess"]
    assert study.about.family == "all" and "--family=all" in study.about.command
    names = [f"{out}/{name}" for out, name in trained]
    assert {run.name: run.held_out for run in study.runs} == {
        f"{out}/{name}": out for out, name in trained
    }
    assert {it.name for it in study.about.runs} == {*names}
    assert not study.with_status("planned")


def test_data_of_the_other_protocol_are_refused(tmp_path, dataset):
    config = make_config(protocol="leave_one_out")
    with pytest.raises(ValueError, match=r"dataset=.*the data sets of load_folds"):
        loop.run_study(config, dataset=dataset, workdir=tmp_path, report=None)
    with pytest.raises(ValueError, match=r"dataset=.*the data sets of load_folds"):
        loop.run_study(make_config(), dataset={"tess": dataset}, workdir=tmp_path)
