from collections.abc import Callable
from pathlib import Path

import pytest

from serjax.config import DataSettings
from serjax.corpora import Corpora, read_corpora


@pytest.fixture
def read_tree(tmp_path: Path) -> Callable[..., Corpora]:
    """Make files below a folder, each holding its own name, and read the folder.

    Readers go by names alone, so that nothing has to be audio.
    """

    def read(*files: str, contents: dict[str, str] | None = None, **settings: object):
        root = tmp_path / "data"
        root.mkdir(exist_ok=True)
        for file in files:
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((contents or {}).get(file, file))
        return read_corpora(DataSettings(data=str(root), **settings))  # pyright: ignore

    return read
