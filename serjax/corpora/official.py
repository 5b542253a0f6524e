"""How many recordings each corpus officially has."""

_FILES = {
    "crema-d": 7442,
    "emodb": 535,
    "emovo": 588,
    "iemocap": 10039,
    "ravdess": 1440,
    "savee": 480,
    "tess": 2800,
}


def official_files(corpus: str, ravdess_song: bool) -> int | None:
    """Number of recordings that a corpus officially has; None where it is unknown."""
    song = 1012 if corpus == "ravdess" and ravdess_song else 0
    known = _FILES.get(corpus)
    return None if known is None else known + song
