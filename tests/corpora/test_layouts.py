import itertools
import re
from pathlib import Path

import pytest
import soundfile

NAMES = {
    "crema-d": r"AudioWAV/\d{4}_[A-Z]{3}_(ANG|DIS|FEA|HAP|NEU|SAD)_(XX?|LO|MD|HI)\.wav",
    "emodb": r"wav/\d\d[ab]\d\d[NFWEATL][a-h]\.wav",
    "emovo": r"[fm][123]/[a-z]{3}-[fm][123]-[a-z]\d\.wav",
    "epst": r"speech/(cc|cl|gg|jg|mf|mk|mm)_001\.sph",
    "iemocap": r"IEMOCAP_full_release/Session(\d)/(dialog/wav/Ses01F_impro01\.wav|"
    r"sentences/wav/(Ses0\1[FM]_(impro|script)[\d_]+[ab]?)/(\._)?\3_[FM]\d{3}\.wav)",
    "ravdess": r"(audio_speech_actors_01-24/|Audio_Song_Actors_01-24/)?Actor_(\d\d)/"
    r"0[13]-0[12]-0\d-01-0[12]-0[12]-\2\.wav",
    "savee": r"(AudioData/(DC|JE)/|ALL/(JK|KL)_)(a|d|f|h|n|sa|su)\d\d\.wav",
    "tess": r"((OAF|YAF)_[a-z]+)/(OAF|YAF|OA)_[a-z]+_[a-z]+\.wav",
}
SIDE_FILES = {
    "emodb": r"erkennung\.txt|lablaut/.*|labsilb/.*|silb/.*",
    "epst": r"transcr/(cc|cl|gg|jg|mf|mk|mm)_001\.txt",
    "iemocap": r".*/dialog/EmoEvaluation/(\._|Attribute/|Categorical/)?Ses.*\.txt",
}


def test_every_file_has_an_official_name(root):
    for path in filter(Path.is_file, root.rglob("*")):
        corpus, _, file = path.relative_to(root).as_posix().partition("/")
        is_audio = path.suffix in (".wav", ".sph")
        grammar = NAMES[corpus] if is_audio else SIDE_FILES[corpus]
        assert re.fullmatch(grammar, file), path


def test_evaluations_name_the_turns_that_are_there(root):
    release = root / "iemocap" / "IEMOCAP_full_release"
    line = re.compile(r"\[(\d+\.\d{4}) - (\d+\.\d{4})\]\t(\S+)\t([a-z]{3})\t\[.*\]")
    named: list[str] = []
    for path in release.glob("*/dialog/EmoEvaluation/Ses*.txt"):
        text = path.read_text()
        assert text.startswith("% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]")
        times = [0.0]
        for start_s, end_s, turn, _ in line.findall(text):
            times += [float(start_s), float(end_s)]
            named.append(turn)
        assert times == sorted(times)
    turns = [path.stem for path in release.glob("*/sentences/wav/*/Ses*.wav")]
    assert sorted(named) == sorted(turns)
    assert len(turns) == 100


def test_transcripts_end_within_their_recordings(root):
    lines = 0
    for path in (root / "epst" / "transcr").iterdir():
        text = path.read_text()
        assert "A: [MISC]" in text
        assert "A: (" in text
        assert "A: Emotion category " in text
        assert "A: hot anger, " in text
        recording = root / "epst" / "speech" / f"{path.stem}.sph"
        lines += text.count("\n")
        end_s = float(text.splitlines()[-1].split()[1])
        assert end_s == pytest.approx(soundfile.info(recording).duration, abs=0.006)
    assert lines == 7 * (10 + 3)


def test_segments_of_epst_share_recordings_and_never_overlap(corpora):
    rows = [row for row in corpora.utterances if row.corpus == "epst"]
    assert len({row.file for row in rows}) == 7
    assert {"hot-anger", "cold-anger"} < {row.label for row in rows}
    for before, after in itertools.pairwise(rows):
        assert before.file != after.file or before.end_s <= after.start_s
