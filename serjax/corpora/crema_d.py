"""CREMA-D: 91 actors of North American English.

Name: actor_sentence_emotion_level, as `1001_DFA_ANG_XX.wav`; levels LO, MD, HI and XX
(unspecified). One name in circulation is cut: `1040_ITH_SAD_X.wav`. The sex of an actor
stands in `VideoDemographics.csv`, which some copies lack: `crema-d_actors.csv` beside
this file has it too. The official repository holds every recording as MP3 as well.

References:
  Cao et al., "CREMA-D: Crowd-Sourced Emotional Multimodal Actors Dataset", IEEE
  Transactions on Affective Computing 5(4), 2014.
"""

import contextlib
import dataclasses
import functools
import importlib.resources
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from serjax.corpora.files import Tree, is_lfs_pointer
from serjax.corpora.genders import NoGenders, read_genders
from serjax.corpora.labels import LabelTable
from serjax.corpora.reader import NameReader, Reading, stem
from serjax.corpora.utterance import Skip

DEMOGRAPHICS = "VideoDemographics.csv"


@functools.cache
def actor_genders() -> Mapping[str, str]:
    """Actor -> gender of the 91, as CREMA-D publishes them."""
    package = importlib.resources.files("serjax.corpora")
    return read_genders(package.joinpath("crema-d_actors.csv"), "actor", "sex")


class CremaD(NameReader):
    """Reads CREMA-D."""

    corpus = "crema-d"
    language = "en"
    pattern = re.compile(
        r"(?P<speaker>1\d{3})_(?:IEO|TIE|IOM|IWW|TAI|MTI|IWL|ITH|DFA|ITS|TSI|WSI)"
        r"_(?P<label>[A-Z]{3})_(?:LO|MD|HI|XX?)",
        re.IGNORECASE,
    )

    def gender(self, match: re.Match[str]) -> str | None:
        """By the table of the 91 actors; None for an actor that is not in it."""
        return actor_genders().get(match["speaker"])

    def label(self, match: re.Match[str]) -> str:
        """The three letters, in upper case."""
        return match["label"].upper()

    def official_name(self, file: str) -> str:
        """See `Reader.official_name`: with the level XX also where the name is cut."""
        name = stem(file).lower()
        return f"{name}x" if name.endswith("_x") else name

    def read(self, tree: Tree, files: Sequence[str], labels: LabelTable) -> Reading:
        """See `Reader.read`; `VideoDemographics.csv`, if there, has the last word.

        One that cannot be read is a listed skip.

        Raises:
          ValueError: one names a sex that is none, or two differ.
        """
        reading = super().read(tree, files, labels)
        named = DEMOGRAPHICS.lower()
        tables = [it for it in tree.others if it.lower().rpartition("/")[2] == named]
        found: dict[str, dict[str, str]] = {}
        for table in tables if files else ():
            try:
                found[table] = _read_sexes(tree.root / table)
            except NoGenders as error:
                # No path of this machine: reasons are written into tables.
                why = str(error).replace(str(tree.root / table), DEMOGRAPHICS)
                reason = f"actors' sex is taken from serjax's own table, because {why}"
                reading.skipped.append(Skip(table, reason, self.corpus))
        if not found:
            return reading
        first, genders = next(iter(found.items()))
        for table, others in found.items():
            if others != genders:
                raise ValueError(
                    f"{first} and {table} in {tree.root} differ in the sex of "
                    "CREMA-D's actors. Keep the right one."
                )
        reading.utterances = [
            dataclasses.replace(
                row, gender=genders.get(str(row.speaker)[len("crema-d/") :], row.gender)
            )
            for row in reading.utterances
        ]
        return reading


def _read_sexes(path: Path) -> dict[str, str]:
    """Actor -> gender by a table of CREMA-D's own; see `read_genders`."""
    with contextlib.suppress(OSError):  # `read_genders` says so.
        if is_lfs_pointer(path):
            raise NoGenders(
                f"{path.name} is a Git LFS pointer; run `git lfs pull` where the "
                "corpus was cloned."
            )
    return read_genders(path, "ActorID", "Sex")
