import dataclasses

import pytest

from serjax.analysis.cells import MEAN
from serjax.reporting.answer import answer, answer_section
from serjax.reporting.cautions import caution_links, cautions
from serjax.reporting.elements import Figure
from tests.reporting.test_results import make_results, make_study
from tests.study.results import make_result


def _figure(study):
    (figure,) = [it for it in answer_section(study).blocks if isinstance(it, Figure)]
    return figure


def test_where_nothing_differs_the_answer_says_what_could_have_been_found():
    results = make_results(range(4), gain=-0.9)
    # Differences of -0.9, 0.1, 1.1 and -0.9: sd 1.0; of 4 configurations and 4 seeds
    # the first must be 2.4 or so times that.
    assert answer(make_study(results)) == (
        "No approach differs from the baseline on test or tess. With 4 seeds only "
        "differences above about 2.6 points of UA could have been found (Holm's p "
        "below 0.05)."
    )
    pale = _figure(make_study(results))
    assert "test: 4 of 4 above" not in pale.description
    assert "0 with a frame; tess" in pale.description and "*<" not in pale.svg


def test_what_differs_is_named_with_its_interval_and_framed():
    study = make_study(make_results(range(7), gain=5.0))
    first, second, *_ = answer(study).split(". ")
    assert first == (
        "On test 4 of 4 configurations differ from the baseline, by the mean most of "
        "all multitask C by +5.9 (+5.0 to +6.7) points of UA"
    )
    assert second == "None differs on tess"
    figure = _figure(study)
    assert figure.svg.count("+5.9*") == 4
    assert "test: 4 of 4 above the baseline, from +5.9 to +5.9, 4 with a" in (
        figure.description
    )
    assert "baseline's UA 60.0, chance 33.3" in figure.svg
    assert figure.files[".png"].startswith(b"\x89PNG")
    assert figure.files[".pdf"].startswith(b"%PDF")
    assert _figure(make_study(make_results(range(7), gain=5.0))) == figure


@pytest.mark.parametrize(
    ("results", "told"),
    [
        (make_results([0]), "With one seed nothing can be told"),
        (make_results([0, 1])[:2], "Nothing is compared with the baseline yet. Its UA"),
        (make_results([0, 1], baseline=False), "Nothing can be compared"),
        (
            make_results([0, 1], collapsed=True),
            "No approach differs from the baseline "
            "on test. With 2 seeds only differences above about 25 points",
        ),
        ([], "No run is finished"),
    ],
)
def test_the_answer_never_claims_more_than_there_is(results, told):
    study = make_study(results, [("planned", "baseline", 9)])
    assert answer(study).startswith(told)
    assert answer(study).endswith("On tess every run collapsed to one class.") == any(
        it["collapsed"]["tess"] for it in results
    )


def _held_out(gain):
    """Seven corpora in turn, two seeds; reversal's differences are about the gain."""
    found = []
    for number in range(7):
        corpus = f"corpus{number}"
        for seed in (0, 1):
            for approach in ("baseline", "reversal"):
                more = (gain + 0.1 * number) * (approach == "reversal") + seed / 10
                it = make_result(approach, ("corpus",) * (approach != "baseline"), seed)
                for key in ("ua", "ua_last"):
                    it[key] = {"valid": 70.0, corpus: 50.0 + more}
                for key in ("collapsed", "collapsed_last"):
                    it[key] = {"valid": False, corpus: False}
                found.append((corpus, it))
    study = make_study([it for _, it in found])
    runs = [
        dataclasses.replace(run, held_out=corpus)
        for run, (corpus, _) in zip(study.runs, found, strict=True)
    ]
    for run, old in zip(runs, study.runs, strict=True):
        run.__dict__.update(result=old.result, rows=old.rows, config=old.config)
    return dataclasses.replace(study, runs=tuple(runs))


def test_of_corpora_held_out_in_turn_the_answer_is_over_them():
    told = answer(_held_out(3.0))
    assert told.startswith(
        "Over the 7 corpora held out in turn 1 of 1 configuration differs from the "
        "baseline: reversal C by +3.3 ± 0.2 points of UA"
    )
    assert "No approach differs from the baseline over the 7 corpora" in (
        answer(_held_out(-0.3))
    )
    svg = _figure(_held_out(3.0)).svg
    assert 0 < svg.index(f">{MEAN}: ") < svg.index(">corpus0: ")
    assert "+3.3*" in svg


def test_five_lines_at_most_say_what_not_to_trust(tmp_path):
    results = make_results([0])
    results[1]["collapsed"]["test"] = True
    study = make_study(results, [("broken", "ganin", 0)])
    found = list(cautions(study))
    assert found[0][0].startswith("Of 6 runs 1 has no result")
    assert [anchor for _, anchor in found][:3] == ["question", "results", "results"]
    assert found[2][0].startswith("Of 5 runs these collapsed to one class: 1 on test.")
    (links,) = caution_links(study)
    assert len(links.items) <= 5
    assert ("5 of" in links.title) == (len(found) > 5)
    assert caution_links(make_study([])) == []
