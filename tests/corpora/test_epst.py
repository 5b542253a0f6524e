import pytest

from serjax.config import DataSettings
from serjax.corpora import read_corpora

CUT = "cc_001_anxiety_910.77_May-twenty-third.wav"
SPH, TEXT = "speech/cc_001.sph", "transcr/cc_001.txt"
TRANSCRIPT = """\
0.00 12.31 A: [MISC]
12.51 14.02 A: Emotion category: hot anger
20 21.5 A: hot anger, March twenty-first
22.25 23.75 A: (laughs) again
24.0 25.0 A: cold anger, two thousand and three

30.125 31.5 A: happy, August eighteenth
"""


def test_a_cut_epst_name_says_everything_but_the_gender(read_tree):
    (row,) = read_tree(CUT).utterances
    assert (row.corpus, row.label, row.emotion) == ("epst", "anxiety", "negative")
    assert (row.speaker, row.gender, row.language) == ("epst/cc", None, "en")
    assert (row.start_s, row.end_s) == (0, None)


@pytest.mark.parametrize("label", ["hot-anger", "hot anger", "Hot-Anger"])
def test_epst_labels_of_two_words_are_hyphenated(read_tree, label):
    (row,) = read_tree(f"mm_001_{label}_12_March-first.wav").utterances
    assert row.label == "hot-anger"


def test_an_epst_session_is_cut_by_its_transcript(read_tree):
    corpora = read_tree(SPH, contents={TEXT: TRANSCRIPT})
    rows = corpora.utterances
    assert [(row.start_s, row.end_s, row.label) for row in rows] == [
        (20, 21.5, "hot-anger"),
        (24, 25, "cold-anger"),
        (30.125, 31.5, "happy"),
    ]
    assert [row.emotion for row in rows] == ["negative", "negative", "positive"]
    assert {(row.file, row.speaker, row.gender) for row in rows} == {
        (SPH, "epst/cc", None)
    }
    assert corpora.skipped == ()  # Remarks are no utterances.


@pytest.mark.parametrize(
    "text", ["cc_001.txt", "a/b/CC_001.trans", "transcr/cc_001.trn", "doc/cc_001.lab"]
)
def test_a_transcript_of_epst_is_found_by_its_name_wherever_it_lies(read_tree, text):
    assert len(read_tree(SPH, contents={text: TRANSCRIPT}).utterances) == 3


def test_a_file_of_the_same_name_that_is_no_transcript_is_passed_over(read_tree):
    # Sorted before the transcript; one is no text at all, one is another text.
    files = {"a/cc_001.bin": b"\xff\xfe\x00", "b/cc_001.md": "notes", TEXT: TRANSCRIPT}
    corpora = read_tree(SPH, contents=files)
    assert len(corpora.utterances) == 3 and corpora.skipped == ()


@pytest.mark.parametrize(
    "line",
    [
        *("21.5 20 A: shame, April", "20 20 A: shame, April", "-1 20 A: shame, April"),
        *(
            "nan 20 A: shame, April",
            "20 A: shame, April",
            "20 21 A: okay, the next one",
        ),
        *("20 21 A: okay", "20 21 A: shame,", "Session one"),
    ],
)
def test_a_line_of_epst_that_is_no_utterance_is_listed_with_its_number(read_tree, line):
    corpora = read_tree(SPH, contents={TEXT: TRANSCRIPT + line + "\n\n" + line})
    assert len(corpora.utterances) == 3
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (SPH, "epst")
    assert skip.reason == (
        f"no utterance `start end A: emotion, words` in {TEXT}, line 8, 10"
    )


def test_of_many_lines_that_are_no_utterances_the_first_are_named(read_tree):
    contents = {TEXT: TRANSCRIPT + "so\n" * 50}
    (skip,) = read_tree(SPH, contents=contents).skipped
    assert skip.reason.endswith(", 25, 26, 27 and 30 more")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "named as a session of EPST, but no transcript of that name is there"),
        ("okay", f"{TEXT} has no line `start end A: emotion, words`"),
        (TRANSCRIPT + " " * 10_000_000, f"{TEXT} is too long for its transcript"),
        (
            b"20 21 A: shame, \xe9",
            f"its transcript cannot be read as text: {TEXT} line 1",
        ),
        (b"\x1f\x8b\x08", f"its transcript cannot be read as text: {TEXT} line 1"),
    ],
    ids="none talk long latin archive".split(),
)
def test_an_epst_session_without_a_transcript_is_listed(read_tree, text, reason):
    contents = {TEXT: text} if text else {}
    (skip,) = read_tree("03a01Fa.wav", SPH, contents=contents).skipped
    assert (skip.file, skip.corpus) == (SPH, "epst")
    assert skip.reason.startswith(reason)


def test_what_only_looks_like_an_epst_session_is_said_to_be_no_corpus_s(read_tree):
    # Two of one name are no fault either: other corpora number their files so.
    corpora = read_tree(CUT, "a/ab_001.wav", "bbb/ab_001.wav", "a/ab_001.txt")
    assert [(skip.file, skip.corpus) for skip in corpora.skipped] == [
        ("a/ab_001.wav", None),
        ("bbb/ab_001.wav", None),
    ]


def test_epst_in_both_forms_is_read_from_the_cut_one(read_tree):
    other, text = "speech/mm_001.sph", "transcr/mm_001.txt"
    corpora = read_tree(
        CUT, SPH, other, contents=dict.fromkeys((TEXT, text), TRANSCRIPT)
    )
    assert [row.file for row in corpora.utterances] == [CUT, *[other] * 3]
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (SPH, "epst")
    assert skip.reason == f"its utterances are there as files, as {CUT}"


GENDERS = "speaker,gender,age\ncc,F,30\nepst/mm,male,40\ngg,Unknown,\n"


@pytest.mark.parametrize(
    "text",
    [
        GENDERS,
        GENDERS.replace(",", ";").replace("\n", "\n\n"),
        "\ufeff" + GENDERS.replace("gender", "GENDER ").replace(",", "\t"),
    ],
)
def test_epst_genders_are_the_user_s(read_tree, tmp_path, text):
    table = tmp_path / "speakers.csv"
    table.write_text(text)
    names = [f"{it}_001_shame_3_May.wav" for it in ("mm", "gg", "cl")]
    contents = {TEXT: TRANSCRIPT}
    corpora = read_tree(SPH, *names, contents=contents, epst_speakers=str(table))
    genders = {row.speaker: row.gender for row in corpora.utterances}
    known = {"epst/cc": "female", "epst/mm": "male"}
    assert genders == {**known, "epst/gg": None, "epst/cl": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cc,f\nmm,m\n", "has the columns cc, f; expected speaker and gender"),
        ("", "lists nothing"),
        ("speaker,gender\ncc,femme\n", "line 2: gender of 'cc' is 'femme'; expected f"),
        ("speaker,gender\ncc,f\nCC,m\n", "line 3 names the speaker 'cc' twice"),
        (b"speaker,gender\ncc,\xff\n", "line 2 is not UTF-8"),
        (
            "speaker,gender\nepst_cc,f\n",
            "has none of the speakers of EPST that are here, cc; it has epst_cc",
        ),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_table_of_epst_genders_that_is_none_is_refused(
    read_tree, tmp_path, content, message
):
    table = tmp_path / "speakers.csv"
    if content is not None:
        table.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=f"speakers.csv.* {message}"):
        read_tree(CUT, epst_speakers=str(table))


@pytest.mark.parametrize(
    ("sph", "text", "stray"),
    [
        ("epst/speech/cc_001.sph", "epst/transcr/cc_001.txt", "other/take/cc_001.wav"),
        ("epst/speech/cc_001.sph", "epst/transcr/cc_001.txt", "a/cc_001.wav"),
        ("epst/cc_001.sph", "epst/cc_001.txt", "a/cc_001.wav"),
        # Without SPHERE the one near the transcript.
        ("e/wav/cc_001.wav", "e/transcr/cc_001.txt", "a/b/cc_001.wav"),
    ],
)
def test_a_stranger_of_a_session_s_name_is_not_read_in_its_place(
    read_tree, sph, text, stray
):
    corpora = read_tree(sph, stray, contents={text: TRANSCRIPT})
    assert {row.file for row in corpora.utterances} == {sph}
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (stray, None)
    assert skip.reason == f"named as a session of EPST, which is read from {sph}"


@pytest.mark.parametrize(
    ("sph", "text", "wav"),
    [
        (SPH, TEXT, "speech/cc_001.wav"),
        (SPH, TEXT, "transcr/cc_001.wav"),
        (SPH, TEXT, "wav/cc_001.wav"),
        ("cc_001.sph", "cc_001.txt", "wav/cc_001.wav"),
        ("far/x/cc_001.sph", "e/cc_001.txt", "e/cc_001.wav"),
    ],
)
def test_what_was_made_of_a_session_beside_it_is_read_in_its_place(
    read_tree, sph, text, wav
):
    corpora = read_tree(sph, wav, contents={text: TRANSCRIPT})
    assert {row.file for row in corpora.utterances} == {wav}
    (skip,) = corpora.skipped
    assert (skip.file, skip.reason) == (sph, f"same recording as {wav}")


def test_a_second_copy_of_a_session_is_left_out_and_compared(read_tree):
    again, same = f"again/{SPH}", f"e/{SPH}"
    contents = {again: "speech", same: "speech", f"e/{TEXT}": TRANSCRIPT}
    corpora = read_tree(contents=contents)
    assert {row.file for row in corpora.utterances} == {same}
    assert corpora.copies == {again: same}
    (skip,) = corpora.skipped
    assert (skip.file, skip.reason) == (again, f"same recording as {same}")
    message = rf"Two different .* name cc_001 of epst: {same} and {again}"
    with pytest.raises(ValueError, match=message):
        read_tree(contents={again: "other speech"})


def test_reasons_name_files_as_the_data_do(read_tree, tmp_path):
    read_tree(
        *(CUT, SPH, "mm_002.sph", "mm_002.txt", "mm_003.sph"),
        contents={"mm_003.txt": TRANSCRIPT + "so\n"},
    )
    settings = DataSettings(data=f"epst={tmp_path / 'data'}")
    reasons = {it.file: it.reason for it in read_corpora(settings).skipped}
    assert reasons[f"epst/{SPH}"].endswith(f"as files, as epst/{CUT}")
    assert reasons["epst/mm_002.sph"].startswith("epst/mm_002.txt has no line")
    assert " in epst/mm_003.txt, line 8" in reasons["epst/mm_003.sph"]
