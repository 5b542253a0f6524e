"""The pages of the docs, and the blocks of code on them."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.M | re.S)


def example(mark: str) -> str:
    """The one block of Python in docs/ that contains a text."""
    blocks = [it for page in (ROOT / "docs").glob("*.md") for it in blocks_of(page)]
    (found,) = [text for kind, text in blocks if kind == "python" and mark in text]
    return found
