import dataclasses

from serjax.preparation.inventory import CorpusSummary
from serjax.preparation.report import describe_corpora, describe_warnings

TESS = CorpusSummary(
    corpus="tess",
    num_found=2_799,
    num_official=2_800,
    num_utterances=2_798,
    duration_s=5_752.0,
    speakers={"female": 2},
    num_speakerless=0,
    languages={"en": 2_798},
    labels={"negative": {"angry": 1_998}, "positive": {"happy": 400, "ps": 400}},
    sample_rates_hz={24_414: 2_797, 96_000: 1},
    channels={1: 2_798},
    channel=0,
    skipped={"empty: no samples": 1},
)


def test_a_corpus_reads_as_a_block():
    text = describe_corpora(
        ("negative", "positive"), "mine.toml", [TESS], {"its name is none of tess": 12}
    )
    assert (
        text
        == """\
Classes: 2 (negative, positive), label_map mine.toml

tess
  recordings   2,799 (official: 2,800; 1 missing)
  usable       2,798 utterances, 1.60 h
  speakers     2: 2 female
  language     en
  classes      negative  1,998  = angry (1,998)
               positive    800  = happy (400), ps (400)
  sample rate  24,414 Hz (2,797 files), 96,000 Hz (1 file)
  channels     1
  skipped      1  empty: no samples

Files of no corpus
  skipped      12  its name is none of tess

Together: corpora 1, speakers 2, utterances 2,798 (1.60 h), skipped 13"""
    )


def block(**changes):
    summary = dataclasses.replace(TESS, **changes)
    return describe_corpora(("negative", "positive"), "three-class", [summary], {})


def test_what_is_made_of_several_channels_is_told():
    stereo = {"channels": {2: 2_790, 1: 8}}
    start = "channels     2 (2,790 files), 1 (8 files); of several, "
    assert start + "the first is kept (--channel)" in block(**stereo)
    assert start + "their mean is kept" in block(**stereo, channel="mean")
    assert start + "channel 1 is kept" in block(**stereo, channel=1)


def test_what_is_unknown_or_nothing_is_told():
    assert "  speakers     unknown\n" in block(speakers={}, num_speakerless=9)
    nothing = block(num_utterances=0, duration_s=0.0, speakers={}, sample_rates_hz={})
    assert "  usable       none\n  skipped " in nothing
    text = block(speakers={"unknown": 3}, num_speakerless=9)
    assert "  speakers     3: 3 of unknown gender; unknown for 9 utterances\n" in text


def test_many_reasons_are_cut_short():
    text = block(skipped={f"fault {letter}": 1 for letter in "abcdefghijkl"})
    assert "fault h" in text
    assert "fault i" not in text
    assert "and 4 more reasons, in skipped.csv" in text


def test_a_long_reason_goes_on_in_the_next_line():
    reason = "a reason of very many words, " * 6
    corpus = dataclasses.replace(TESS, skipped={reason.strip(" ,"): 1})
    text = describe_corpora(("a",), "", [corpus], {})
    assert "\\n" not in text
    assert "\n                 reason" in text or "\n                 words" in text
    assert max(map(len, text.splitlines())) <= 88


def test_a_name_cannot_break_the_lines():
    text = block(corpus="a\nb\rc\x1b[31m", languages={"李\u2028": 1})
    assert "\na\\nb\\rc\\x1b[31m\n" in text
    assert "language     李\\u2028\n" in text
    assert describe_warnings(["speaker 'x\ny'."]) == "Warnings:\n- speaker 'x\\ny'."
    assert describe_warnings([]) == "Warnings: none"
