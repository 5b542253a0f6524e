"""Second copies of a recording: one name, one size, and to be trusted one content."""

import filecmp
from concurrent.futures import ThreadPoolExecutor

from serjax.corpora import Corpora
from serjax.files import check_own_fault


def check_copies(corpora: Corpora) -> None:
    """Compare second copies, which readers leave out by their names, byte for byte.

    Raises:
      ValueError: two different recordings bear the name of one.
    """

    def differ(pair: tuple[str, str]) -> bool:
        first, second = (corpora.paths[file] for file in pair)
        try:
            return not filecmp.cmp(first, second, shallow=False)
        except OSError as error:
            check_own_fault(error.filename or first, error)
            return False  # What cannot be read is named where it is decoded.

    pairs = list(corpora.copies.items())
    with ThreadPoolExecutor() as threads:
        found = threads.map(differ, pairs)
        for (copy, kept), different in zip(pairs, found, strict=True):
            if different:
                raise ValueError(
                    f"Two different recordings bear one name: {kept} and {copy}. Keep "
                    "the right one."
                )
