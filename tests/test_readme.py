import itertools
import os
import re
import subprocess

import numpy as np
import soundfile

import serjax
from tests.pages import ROOT, blocks_of, example

BLOCKS = blocks_of(ROOT / "README.md")


def test_the_first_two_blocks_are_the_two_commands():
    (_, first), (_, second) = BLOCKS[:2]
    environment = ["python3 -m venv .venv", ". .venv/bin/activate"]
    assert first.splitlines() == [
        *environment,
        "pip install -e .",
        "python -m experiments.study",
    ]
    assert second.splitlines() == [
        *environment,
        "pip install -e '.[test]'",
        "pytest -n 2",
    ]


def test_the_ci_takes_the_second_block_as_it_stands():
    script = (ROOT / ".ci" / "run").read_text()
    (program,) = re.findall(r"awk '(.*?)' README.md", script)
    command = ["awk", program, str(ROOT / "README.md")]
    taken = subprocess.run(command, capture_output=True, text=True, check=True)
    assert taken.stdout == BLOCKS[1][1]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_example_with_an_own_attribute_runs():
    code = example("reversal_loss")
    assert len(code.splitlines()) <= 30
    names: dict = {}
    exec(compile(code, "docs", "exec"), names)
    batch = [names[name] for name in ("x", "emotion", "room")]
    blind = names["loss"](names["params"], *batch, 0.0)
    # 20 steps learnt some of what 32 random utterances have to learn.
    assert blind < 0.8 * 1.0986


def test_the_example_with_an_own_corpus_reads_it(tmp_path):
    code = example("NameReader")
    assert len(code.splitlines()) < 30
    rng = np.random.default_rng(0)
    names = itertools.product(("anna", "olle", "eva"), ("angry", "joy", "neutral"))
    for number, (speaker, label) in enumerate(names):
        path = tmp_path / "mine" / f"{speaker}_{number:03d}_{label}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, 0.1 * rng.standard_normal(8_000), 16_000)
    found: dict = {}
    code = code.replace(
        '"DIR"', f"{str(tmp_path / 'mine')!r}, cache_dir={str(tmp_path)!r}"
    )
    exec(compile(code, "docs", "exec"), found)
    rows = found["dataset"].utterances
    assert len(rows) == 9
    assert {row.speaker for row in rows} == {"lund/anna", "lund/olle", "lund/eva"}
    assert {row.gender for row in rows} == {"female", "male", None}
    assert {row.emotion for row in rows} == {"negative", "neutral", "positive"}


def test_links_between_pages_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text())
    ]
    assert len(links) > 20
    for page, link in links:
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        heads = re.findall(r"^#+ (.*)$", target.read_text(), re.M)
        slugs = {re.sub(r"[^\w -]", "", it.lower()).replace(" ", "-") for it in heads}
        assert not anchor or anchor in slugs, link


def test_the_readme_is_read_in_five_minutes():
    assert len((ROOT / "README.md").read_bytes()) <= 8_000


def test_every_page_is_in_the_sites_contents_and_in_the_readme():
    contents = (ROOT / "docs" / "index.md").read_text()
    readme = (ROOT / "README.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        if page.stem not in ("index", "decisions"):
            assert f"\n{page.stem}\n" in contents
            assert f"](docs/{page.name})" in readme


def test_the_api_page_has_every_public_name():
    page = (ROOT / "docs" / "api.md").read_text()
    shown = re.findall(r"^\.\. auto\w+:: (\w+)$", page, re.M)
    assert sorted(shown) == sorted({*dir(serjax)} - {"study"})


def test_the_notes_keep_decisions_to_five_short_lines():
    notes = (ROOT / "BUILD_NOTES.md").read_text()
    assert max(len(line) for line in notes.splitlines()) <= 120
    decisions = re.findall(r"^(\*\*(\d+)\. .*?)\n\n", notes, re.M | re.S)
    assert [int(number) for _, number in decisions] == [*range(1, len(decisions) + 1)]
    assert not [text for text, _ in decisions if text.count("\n") > 5]


def test_every_script_is_in_the_readme():
    ends = 'if __name__ == "__main__":'
    paths = [it for it in (ROOT / "experiments").glob("*.py") if ends in it.read_text()]
    listed = re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text(), re.M)
    assert sorted(listed) == sorted({it.stem for it in paths} - {"__main__"})
