"""Corpora that settings name, and that are not there: a slip, told at once."""

from collections.abc import Sequence

from serjax.config import DataSettings


def check_named(data: DataSettings, present: Sequence[str]) -> None:
    """Refuse settings for corpora that the data do not hold.

    Args:
      data: the settings; of them `channel` and `epst_speakers`.
      present: names of all corpora read.

    Raises:
      ValueError: one names a corpus that is not present.
    """
    named = {f"channel={it}": it.rpartition(":")[0] for it in data.channel}
    if data.epst_speakers:
        named[f"epst_speakers={data.epst_speakers}"] = "epst"
    for setting, corpus in named.items():
        if corpus and corpus not in present:
            raise ValueError(
                f"{setting}: no corpus {corpus!r} in the data; present are "
                f"{', '.join(sorted(present))}."
            )
