from types import SimpleNamespace
from typing import Any

from serjax.analysis.cells import summarise
from serjax.reporting import over_corpora
from serjax.reporting.elements import Table
from serjax.reporting.over_corpora import corpora_blocks, describe_corpora
from tests.analysis.test_over_corpora import make_runs


def test_lines_and_table_say_how_corpora_differ_and_what_so_few_cannot_show(
    monkeypatch,
):
    baseline = {"emodb": [50.0, 52.0], "emovo": [40.0, 40.0], "ravdess": [60.0, 60.0]}
    ganin = {"emodb": [52.0, 56.0], "emovo": [41.0, 41.0], "ravdess": [62.0, 62.0]}
    results = [*make_runs("baseline", baseline), *make_runs("ganin", ganin)]
    monkeypatch.setattr(over_corpora, "summarise_study", lambda it: summarise(results))
    study: Any = SimpleNamespace(about=SimpleNamespace(family="all"))
    line, limits = describe_corpora(study)
    assert line == (
        "ganin C: emodb +3.0, emovo +1.0, ravdess +2.0; mean +2.0 [-0.5, +4.5]; sd 0.8 "
        "between corpora, 0.8 between seeds; p 0.250."
    )
    assert limits.startswith("The family has 1 configuration. With 3 corpora no p can")
    assert "nothing can be significant over fewer than 6" in limits
    assert "3 points in four cases of five" in limits
    *_, table = corpora_blocks(study)
    assert isinstance(table, Table)
    texts = [cell.text for cell in table.rows[0]]
    each = ["+3.0", "+1.0", "+2.0", "+2.0 [-0.5, +4.5]", "0.8", "0.8", "0.250"]
    assert texts == ["ganin", "C", *each, *each]


def test_by_a_given_split_there_is_neither(monkeypatch):
    monkeypatch.setattr(over_corpora, "summarise_study", lambda it: [])
    study: Any = SimpleNamespace(about=None)
    assert describe_corpora(study) == [] and corpora_blocks(study) == []
