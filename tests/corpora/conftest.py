from collections.abc import Callable
from pathlib import Path

import pytest

from serjax.cache import cache_root
from serjax.config import DataSettings
from serjax.corpora import Corpora, read_corpora
from serjax.corpora.synthetic import synthetic_root


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the synthetic corpora."""
    return synthetic_root(cache_root())


@pytest.fixture(scope="session")
def corpora() -> Corpora:
    """What the readers make of the synthetic corpora."""
    return read_corpora(DataSettings(data="synthetic"))


@pytest.fixture
def write(tmp_path: Path):
    """Write files below `tmp_path`, each holding its own name."""

    def write_files(*files: str):
        for file in files:
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)

    return write_files


@pytest.fixture
def read_tree(tmp_path: Path) -> Callable[..., Corpora]:
    """Make files below a folder, each holding its own name or its content; read it.

    Readers open no audio, so that nothing has to be any.
    """

    def read(
        *files: str, contents: dict[str, str | bytes] | None = None, **settings: object
    ):
        root = tmp_path / "data"
        root.mkdir(exist_ok=True)
        named = {file: file for file in files}
        for file, content in {**named, **(contents or {})}.items():
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
        return read_corpora(DataSettings(data=str(root), **settings))  # pyright: ignore

    return read
