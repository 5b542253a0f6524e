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
    corpora = read_tree(SPH, TEXT, contents={TEXT: TRANSCRIPT})
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
    assert len(read_tree(SPH, text, contents={text: TRANSCRIPT}).utterances) == 3


def test_a_file_of_the_same_name_that_is_no_transcript_is_passed_over(read_tree):
    # Sorted before the transcript; one is no text at all, one is another text.
    files = {"a/cc_001.bin": b"\xff\xfe\x00", "b/cc_001.md": "notes", TEXT: TRANSCRIPT}
    corpora = read_tree(SPH, *files, contents=files)
    assert len(corpora.utterances) == 3 and corpora.skipped == ()


@pytest.mark.parametrize(
    "line",
    [
        "21.5 20 A: shame, April third",
        "20 20 A: shame, April third",
        "-1 20 A: shame, April third",
        "nan 20 A: shame, April third",
        "20 A: shame, April third",
        "20 21 A: okay, the next one",
        "20 21 A: okay",
        "20 21 A: shame,",
        "Session one",
    ],
)
def test_a_line_of_epst_that_is_no_utterance_is_listed_with_its_number(read_tree, line):
    corpora = read_tree(SPH, TEXT, contents={TEXT: TRANSCRIPT + line + "\n\n" + line})
    assert len(corpora.utterances) == 3
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (SPH, "epst")
    assert skip.reason == (
        f"no utterance `start end A: emotion, words` in {TEXT}, line 8, 10"
    )


def test_of_many_lines_that_are_no_utterances_the_first_are_named(read_tree):
    contents = {TEXT: TRANSCRIPT + "so\n" * 50}
    (skip,) = read_tree(SPH, TEXT, contents=contents).skipped
    assert skip.reason.endswith(", 25, 26, 27 and 30 more")


def test_a_file_too_long_for_a_transcript_is_not_read(read_tree):
    contents = {TEXT: TRANSCRIPT + " " * 10_000_000}
    (skip,) = read_tree("03a01Fa.wav", SPH, TEXT, contents=contents).skipped
    assert skip.reason == f"{TEXT} is too long for its transcript"


def test_an_epst_session_without_a_transcript_is_listed(read_tree):
    (skip,) = read_tree(CUT, "speech/mm_002.sph").skipped
    assert (skip.file, skip.corpus) == ("speech/mm_002.sph", "epst")
    assert "no transcript of that name" in skip.reason


def test_what_only_looks_like_an_epst_session_is_said_to_be_no_corpus_s(read_tree):
    # Two of one name are no fault either: other corpora number their files so.
    corpora = read_tree(CUT, "a/ab_001.wav", "bbb/ab_001.wav", "a/ab_001.txt")
    assert [(skip.file, skip.corpus) for skip in corpora.skipped] == [
        ("a/ab_001.wav", None),
        ("bbb/ab_001.wav", None),
    ]
    assert "a/ab_001.txt has no line `start end A" in corpora.skipped[0].reason


@pytest.mark.parametrize("content", [b"20 21 A: shame, \xe9", b"\x1f\x8b\x08"])
def test_a_transcript_that_is_no_text_is_named(read_tree, content):
    (skip,) = read_tree("03a01Fa.wav", SPH, TEXT, contents={TEXT: content}).skipped
    assert (skip.file, skip.corpus) == (SPH, "epst")
    assert f"its transcript {TEXT} cannot be read as text" in skip.reason


def test_epst_in_both_forms_is_read_from_the_cut_one(read_tree):
    other, text = "speech/mm_001.sph", "transcr/mm_001.txt"
    corpora = read_tree(
        *(CUT, SPH, TEXT, other, text), contents={TEXT: TRANSCRIPT, text: TRANSCRIPT}
    )
    assert [row.file for row in corpora.utterances] == [CUT, *[other] * 3]
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (SPH, "epst")
    assert skip.reason == f"its utterances are there as files, as {CUT}"


def test_what_was_made_of_a_sphere_file_is_read_in_its_place(read_tree):
    wav = "wav/cc_001.wav"
    corpora = read_tree(SPH, wav, TEXT, contents={TEXT: TRANSCRIPT})
    assert {row.file for row in corpora.utterances} == {wav}
    (skip,) = corpora.skipped
    assert (skip.file, skip.reason) == (SPH, f"same recording as {wav}")


def test_epst_genders_are_the_user_s(read_tree, tmp_path):
    table = tmp_path / "speakers.csv"
    table.write_text("# by ear\nspeaker,gender,age\ncc,F,30\nepst/mm,male,40\ngg,,\n")
    corpora = read_tree(
        *(SPH, TEXT, "mm_001_shame_3_May.wav", "gg_001_shame_3_May.wav"),
        *("cl_001_shame_3_May.wav",),
        contents={TEXT: TRANSCRIPT},
        epst_speakers=str(table),
    )
    genders = {row.speaker: row.gender for row in corpora.utterances}
    assert genders == {
        "epst/cc": "female",
        "epst/mm": "male",
        "epst/gg": None,
        "epst/cl": None,
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_epst_genders_may_come_from_a_spreadsheet(
    read_tree, tmp_path, delimiter
):
    table = tmp_path / "speakers.csv"
    lines = [" Speaker ,GENDER,notes", "cc, Woman,x", "mm,Unknown,", "gg"]
    table.write_text("\n\n".join(lines).replace(",", delimiter), "utf-8-sig")
    files = (f"{name}_001_shame_3_May.wav" for name in ("cc", "mm", "gg"))
    corpora = read_tree(*files, epst_speakers=str(table))
    genders = {row.speaker: row.gender for row in corpora.utterances}
    assert genders == {"epst/cc": "female", "epst/mm": None, "epst/gg": None}


def test_a_table_of_epst_genders_that_has_none_of_its_speakers_is_refused(
    read_tree, tmp_path
):
    table = tmp_path / "speakers.csv"
    table.write_text("speaker,gender\nepst_cc,f\n")
    message = (
        r"speakers.csv has none of the speakers of EPST that are here, cc, mm; it "
    )
    with pytest.raises(ValueError, match=message + "has epst_cc"):
        read_tree(CUT, "mm_001_shame_3_May.wav", epst_speakers=str(table))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cc,f\n", r"has the columns cc, f; expected speaker and gender"),
        ("", r"has the columns none; expected speaker and gender"),
        ("speaker,gender\ncc,femme\n", r"gender of 'cc' is 'femme'; expected female"),
        ("speaker,gender\ncc,f\nCC,m\n", r"names the speaker 'cc' twice"),
        (b"speaker,gender\ncc,\xff\n", r"is not UTF-8 text"),
        (None, r"cannot be read: No such file"),
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
    ],
)
def test_a_stranger_of_a_session_s_name_is_not_read_in_its_place(
    read_tree, sph, text, stray
):
    corpora = read_tree(sph, text, stray, contents={text: TRANSCRIPT})
    assert {row.file for row in corpora.utterances} == {sph}
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (stray, None)
    assert skip.reason == f"named as a session of EPST, which is read from {sph}"


@pytest.mark.parametrize(
    ("sph", "text", "wav"),
    [
        ("e/speech/cc_001.sph", "e/transcr/cc_001.txt", "e/speech/cc_001.wav"),
        ("e/speech/cc_001.sph", "e/transcr/cc_001.txt", "e/transcr/cc_001.wav"),
        ("e/speech/cc_001.sph", "e/transcr/cc_001.txt", "e/wav/cc_001.wav"),
        ("e/cc_001.sph", "e/cc_001.txt", "e/wav/cc_001.wav"),
        ("far/x/cc_001.sph", "e/cc_001.txt", "e/cc_001.wav"),
    ],
)
def test_what_was_made_of_a_session_lies_beside_it(read_tree, sph, text, wav):
    corpora = read_tree(sph, text, wav, contents={text: TRANSCRIPT})
    assert {row.file for row in corpora.utterances} == {wav}
    (skip,) = corpora.skipped
    assert (skip.file, skip.reason) == (sph, f"same recording as {wav}")


def test_of_two_recordings_without_sphere_the_one_near_the_transcript_is_read(
    read_tree,
):
    near, far = "e/wav/cc_001.wav", "a/b/cc_001.wav"
    text = "e/transcr/cc_001.txt"
    corpora = read_tree(near, far, text, contents={text: TRANSCRIPT})
    assert {row.file for row in corpora.utterances} == {near}
    assert [skip.file for skip in corpora.skipped] == [far]


def test_a_second_copy_of_a_session_is_left_out_and_compared(read_tree):
    again = "again/speech/cc_001.sph"
    same = {again: "speech", f"e/{SPH}": "speech", f"e/{TEXT}": TRANSCRIPT}
    corpora = read_tree(*same, contents=same)
    assert {row.file for row in corpora.utterances} == {f"e/{SPH}"}
    assert corpora.copies == {again: f"e/{SPH}"}
    (skip,) = corpora.skipped
    assert (skip.file, skip.reason) == (again, f"same recording as e/{SPH}")


def test_two_different_sessions_of_one_name_are_refused(read_tree):
    message = rf"Two different .* name cc_001 of epst: e/{SPH} and again/{SPH}"
    with pytest.raises(ValueError, match=message):
        read_tree(
            *(f"again/{SPH}", f"e/{SPH}", f"e/{TEXT}"),
            contents={f"e/{TEXT}": TRANSCRIPT},
        )


def test_reasons_name_files_as_the_data_do(read_tree, tmp_path):
    read_tree(
        *(CUT, SPH, "mm_002.sph", "mm_002.txt", "mm_003.sph", "mm_003.txt"),
        contents={"mm_003.txt": TRANSCRIPT + "so\n"},
    )
    settings = DataSettings(data=f"epst={tmp_path / 'data'}")
    reasons = {it.file: it.reason for it in read_corpora(settings).skipped}
    assert reasons[f"epst/{SPH}"].endswith(f"as files, as epst/{CUT}")
    assert reasons["epst/mm_002.sph"].startswith("epst/mm_002.txt has no line")
    assert " in epst/mm_003.txt, line 8" in reasons["epst/mm_003.sph"]
