"""What is checked of what was read, before features are computed."""

import filecmp
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from serjax.config import DataSettings
from serjax.corpora import Corpora
from serjax.files import check_own_fault


def check_named(data: DataSettings, present: Sequence[str]) -> None:
    """Refuse settings that name a corpus which is not one of those `present`."""
    named = {f"channel={it}": it.rpartition(":")[0] for it in data.channel}
    if data.epst_speakers:
        named[f"epst_speakers={data.epst_speakers}"] = "epst"
    known = [name.lower() for name in present]
    for setting, corpus in named.items():
        if corpus and corpus.lower() not in known:
            raise ValueError(
                f"{setting}: no corpus {corpus!r} in the data; present are "
                f"{', '.join(sorted(present))}."
            )


def check_copies(corpora: Corpora) -> None:
    """Refuse second copies, left out by their names, that are another recording."""

    def differ(pair: tuple[str, str]) -> bool:
        first, second = (corpora.paths[file] for file in pair)
        try:
            return not filecmp.cmp(first, second, shallow=False)
        except OSError as error:
            check_own_fault(error.filename or first, error)
            return False  # What cannot be read is named where it is decoded.

    pairs = corpora.copies.items()
    with ThreadPoolExecutor() as threads:
        found = threads.map(differ, pairs)
        for (copy, kept), different in zip(pairs, found, strict=True):
            if different:
                raise ValueError(
                    f"Two different recordings bear one name: {kept} and {copy}. Keep "
                    "the right one."
                )
