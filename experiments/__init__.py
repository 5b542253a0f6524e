"""Scripts: flags -> settings -> one call into serjax -> where the result is."""

from .streams import open_closed_streams

# Before any file is opened. (Installed, this package has another name: __main__.py.)
open_closed_streams()
