from collections.abc import Callable

import pytest

from serjax.corpora import Corpora, Utterance

HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
OPINIONS = "C-E2:\tNeutral;\t()\nC-F1:\tAnger;\t()\nA-E3:\tval 3; act 2;\t()\n\n"


def wav(turn: str) -> str:
    dialogue = turn.rpartition("_")[0]
    return f"Session{turn[4]}/sentences/wav/{dialogue}/{turn}.wav"


def text_of(dialogue: str) -> str:
    return f"Session{dialogue[4]}/dialog/EmoEvaluation/{dialogue}.txt"


def line(turn: str, label: str) -> str:
    return f"[6.2901 - 8.2357]\t{turn}\t{label}\t[2.5000, 2.5000, 2.5000]\n" + OPINIONS


@pytest.fixture
def read_turns(read_tree) -> Callable[..., Corpora]:
    """Make an IEMOCAP of turns with their labels, and what else is given."""

    def read(
        turns: dict[str, str], *files: str, top: str = "", contents=None, **settings
    ):
        texts: dict[str, str] = {}
        for turn, label in turns.items():
            text = top + text_of(turn.rpartition("_")[0])
            texts[text] = texts.get(text, HEADER) + line(turn, label)
        texts |= contents or {}
        wavs = [top + wav(turn) for turn in turns]
        return read_tree(*wavs, *files, contents=texts, **settings)

    return read


@pytest.mark.parametrize(
    ("turn", "speaker", "gender"),
    [
        ("Ses01F_impro01_F000", "iemocap/Ses01F", "female"),
        ("Ses01F_impro01_M003", "iemocap/Ses01M", "male"),
        ("Ses04M_script01_1_F010", "iemocap/Ses04F", "female"),
        ("Ses05M_script01_1b_F000", "iemocap/Ses05F", "female"),
        ("Ses03M_impro05a_M010", "iemocap/Ses03M", "male"),
    ],
)
def test_the_text_labels_a_turn_whose_last_field_is_the_speaker(
    read_turns, turn, speaker, gender
):
    known = {"speaker": speaker, "gender": gender, "language": "en"}
    session = (("session", speaker[:-1]),)
    expected = Utterance(
        wav(turn), "iemocap", "exc", "positive", **known, extra=session
    )
    assert read_turns({turn: "exc"}).utterances == (expected,)


@pytest.mark.parametrize("label", ["xxx", "oth"])
def test_iemocap_turns_without_a_majority_are_listed(read_turns, label):
    turns = {"Ses01F_impro01_F000": "fru", "Ses01F_impro01_F001": label}
    corpora = read_turns(turns)
    assert [row.emotion for row in corpora.utterances] == ["negative"]
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (wav("Ses01F_impro01_F001"), "iemocap")
    assert skip.reason == f"label '{label}' of iemocap is dropped by the mapping"


@pytest.mark.parametrize("top", ["", "IEMOCAP_full_release/", "a/b/IEMOCAP/"])
def test_iemocap_is_found_at_any_depth(read_turns, top):
    turns = {"Ses01F_impro01_F000": "ang", "Ses02M_script03_2_M004": "hap"}
    corpora = read_turns(turns, top=top)
    assert [row.label for row in corpora.utterances] == ["ang", "hap"]
    assert corpora.skipped == ()


def test_iemocap_turns_may_lie_in_one_flat_folder(read_tree):
    content = HEADER + line("Ses01F_impro01_M000", "sad")
    contents = {"EmoEvaluation/Ses01F_impro01.txt": content}
    corpora = read_tree("x/Ses01F_impro01_M000.wav", contents=contents)
    assert [row.label for row in corpora.utterances] == ["sad"]


def test_only_the_texts_right_in_emoevaluation_count(read_turns):
    folder = "Session1/dialog/EmoEvaluation"
    other = line("Ses01F_impro01_F000", "ang")
    corpora = read_turns(
        {"Ses01F_impro01_F000": "neu"},
        contents={
            f"{folder}/Categorical/Ses01F_impro01_e2_cat.txt": other,
            f"{folder}/Self-evaluation/Ses01F_impro01_f1_s.txt": other,
            f"{folder}/._Ses01F_impro01.txt": b"\x00\x05\x16\x07\xff",
            f"{folder}/Ses01F_impro01.anvil": other,
            "Session1/dialog/transcriptions/Ses01F_impro01.txt": other,
        },
    )
    assert [row.label for row in corpora.utterances] == ["neu"]
    assert corpora.skipped == ()


@pytest.mark.parametrize(
    ("stray", "reason"),
    [
        (
            "Session1/dialog/wav/Ses01F_impro01.wav",
            "a whole dialogue; its turns are re",
        ),
        ("dialog/wav/Ses05M_script01_1b.wav", "a whole dialogue; its turns are read"),
        ("x/Ses01F_impro01_F000_denoised.wav", "named neither as a turn nor as a dial"),
        ("x/Ses01F_script01_1_cut.wav", "named neither as a turn nor as a dialogue"),
        (wav("Ses01F_impro01_F009"), "no line of EmoEvaluation labels it"),
    ],
)
def test_what_is_no_labelled_turn_of_iemocap_is_listed(read_turns, stray, reason):
    (skip,) = read_turns({"Ses01F_impro01_F000": "neu"}, stray).skipped
    assert (skip.file, skip.corpus) == (stray, "iemocap")
    assert skip.reason.startswith(reason)


def test_an_iemocap_line_without_a_turn_is_listed_where_its_sound_should_be(read_turns):
    text = "top/" + text_of("Ses02F_impro01")
    corpora = read_turns(
        {"Ses01F_impro01_F000": "neu"},
        contents={text: HEADER + line("Ses02F_impro01_M000", "ang")},
        top="top/",
    )
    (skip,) = corpora.skipped
    assert skip.file == "top/" + wav("Ses02F_impro01_M000")
    assert skip.reason == f"no such recording, though {text} labels it"


def test_iemocap_without_emoevaluation_is_listed_with_the_remedy(read_tree):
    turn = wav("Ses01F_impro01_F000")
    corpora = read_tree("03a01Fa.wav", turn)
    (skip,) = corpora.skipped
    assert (skip.file, skip.corpus) == (turn, "iemocap")
    assert (
        "EmoEvaluation/*.txt of IEMOCAP, and no such file is there; add" in skip.reason
    )


@pytest.mark.parametrize("content", [b"[1.0 - 2.0]\t\xff\xfe", b"\xe9"])
def test_an_iemocap_text_that_is_no_text_is_refused_by_name(read_turns, content):
    turns = {"Ses01F_impro01_F000": "neu"}
    text = text_of("Ses01F_impro02")
    with pytest.raises(ValueError, match=f"{text} line 1 is not UTF-8"):
        read_turns(turns, contents={text: content})


@pytest.mark.parametrize(
    "broken",
    [
        "[1.0 - 2.0]\tSes01F_impro01_F001",
        "[1.0 - 2.0]\tSes01F_impro01_F001\tneutral\t[2, 2, 2]",
        "[1.0 - 2.0]\tSes01F_impro01\tneu\t[2, 2, 2]",
        "[1.0\tSes01F_impro01_F001\tneu\t[2, 2, 2]",
    ],
)
def test_a_broken_iemocap_line_is_listed_with_its_number(read_turns, broken):
    text = text_of("Ses01F_impro01")
    content = HEADER + line("Ses01F_impro01_F000", "neu") + broken + "\n"
    corpora = read_turns({"Ses01F_impro01_F000": "neu"}, contents={text: content})
    assert len(corpora.utterances) == 1
    (skip,) = corpora.skipped
    assert skip.file == text
    assert skip.reason == "line 8 is not `[start - end] turn label [v, a, d]`"


def test_iemocap_twice_over_is_read_once_and_must_agree(read_tree):
    turn = "Ses01F_impro01_F000"
    files = {}
    for top in ("a/", "b/"):
        files[top + wav(turn)] = "speech"
        files[top + text_of("Ses01F_impro01")] = HEADER + line(turn, "neu")
    corpora = read_tree(contents=files)
    assert len(corpora.utterances) == len(corpora.copies) == len(corpora.skipped) == 1
    files["b/" + text_of("Ses01F_impro01")] = HEADER + line(turn, "ang")
    with pytest.raises(ValueError, match=rf"labels {turn} 'neu', and b/.*'ang'"):
        read_tree(contents=files)


def test_a_corrected_turn_of_iemocap_stays_in_its_session(read_turns, tmp_path):
    turns = {"Ses01F_impro01_F000": "exc", "Ses01F_impro01_M000": "neu"}
    manifest = tmp_path / "mend.csv"
    row = f"data/{wav('Ses01F_impro01_F000')},neu,ses1f,iemocap,loud"
    manifest.write_text(f"file,label,speaker,corpus,level\n{row}\n")
    rows = read_turns(turns, manifest=(str(manifest),)).utterances
    assert [(it.label, it.speaker) for it in rows] == [
        ("neu", "iemocap/Ses01F"),
        ("neu", "iemocap/Ses01M"),
    ]
    assert [it.attribute("session") for it in rows] == ["iemocap/Ses01"] * 2
    assert [it.attribute("level") for it in rows] == ["loud", None]
