import pytest

from serjax.analysis.knowledge import know_run
from serjax.config import Config
from serjax.inference.card import Stated, make_card, make_facts, read_study_of
from tests.inference.made import make_trained
from tests.study_files import write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card") / "study"
    return write_study(folder, approaches=["reversal"], attribute_sets=[["corpus"]])


def card_of(folder, epoch="best", **stated):
    study, run = read_study_of(folder)
    config = Config.from_flat(run.config.settings)
    trained = make_trained(**{**config.to_flat(), "num_mels": 6})
    return make_card(study, run, trained, epoch, Stated(**stated))


def test_a_card_says_what_the_files_of_run_and_study_say(study):
    folder = study / "runs" / "reversal-C-seed0"
    assert "Not probed" in card_of(folder)
    run = read_study_of(folder)[1]
    know_run(run)
    card = card_of(
        folder, name="My | model", license="mit", data_licences=["Emo-DB: theirs"]
    )
    _, header, text = card.split("---\n", 2)
    assert 'language: ["de", "en"]\nlicense: "mit"\n' in header
    assert "# My \\| model" in text
    assert "approach reversal over corpus (reversal)" in text
    assert "UA over 2 seeds" in text
    ua = run.result.ua
    for part in ("test", "tess (unseen)"):
        (line,) = (it for it in text.splitlines() if it.startswith(f"| {part} |"))
        assert f" {ua[part.split()[0]]:.1f} " in line
    assert "| corpus |" in text.partition("What the embedding still knows")[2]
    assert "What can mislead in these data:" in text
    assert "must not be used" in text
    assert "Model: mit." in text
    assert "- Emo-DB: theirs" in text
    assert str(study.parent) not in text
    assert len(text.splitlines()) < 100


def test_the_last_epoch_has_its_own_numbers(study):
    folder = study / "runs" / "baseline-seed1"
    result = read_study_of(folder)[1].result
    card = card_of(folder, "last")
    (line,) = (it for it in card.splitlines() if it.startswith("| test |"))
    assert f"| {result.ua_last['test']:.1f} |" in line
    assert "at its last epoch" in card
    assert "Model: not stated." in card
    facts = make_facts(read_study_of(folder)[1], make_trained(), "last")
    assert facts["ua"] == result.ua_last
    assert facts["label_map"]["name"] == "three-class"


def test_a_run_that_has_not_finished_has_no_card(tmp_path):
    folder = write_study(tmp_path, approaches=[], failed=["baseline-seed0"])
    with pytest.raises(ValueError, match="baseline-seed0 is failed: The loss is nan"):
        read_study_of(folder / "runs" / "baseline-seed0")
