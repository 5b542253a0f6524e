"""What the records have in common: how each is read, and how it is written."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import msgspec

from serjax.files import write_json
from serjax.json_files import read_json

# Whole numbers that an array can hold, finite numbers, and one name or more.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Number = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
Names = Annotated[list[str], msgspec.Meta(min_length=1)]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a run or a study: its fields are the file's keys, in their order.

    Keys that it does not know are left out. Those of later versions have defaults.
    """

    FILE: ClassVar[str]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it from its folder; raises what `read_json` raises."""
        return read_json(folder / cls.FILE, cls)

    def write(self, folder: Path) -> None:
        """Write it, whole or not at all, to a folder that is there."""
        write_json(folder / self.FILE, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """What the file holds, as plain JSON values."""
        return msgspec.to_builtins(self)
