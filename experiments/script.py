"""What all scripts share: reading the command line, and errors as exit codes."""

import re
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from experiments.exits import end_with, leave, stopped
from experiments.flags import config_from_flags, help_text
from experiments.hugepages import use_huge_pages
from serjax.config import Config
from serjax.corpora.labels import BUILT_IN, describe_classes

if TYPE_CHECKING:
    from serjax.data import Dataset

FLAGS = flags.FLAGS


def run_script(main: Callable[[Config], int], doc: str | None) -> None:
    """Parse the flags, call `main` with the settings, and leave with its exit code.

    Args:
      main: the script; returns the exit code.
      doc: the script's docstring, shown by `--help` above the flags.
    """
    use_huge_pages()
    try:
        rest = FLAGS(sys.argv)[1:]
        if FLAGS["help"].value:
            print(help_text(doc or ""))
            sys.exit(0)
        if rest:
            raise ValueError(f"unexpected {rest[0]!r}; flags are --name=value.")
        config = config_from_flags()
    except flags.Error as error:
        sys.exit(end_with(ValueError(f"{error}\nSee --help.")))
    except (ValueError, OSError) as error:
        sys.exit(end_with(error, bool(FLAGS["traceback"].value)))
    sys.exit(_guarded(main, config))


def print_start(config: Config) -> None:
    """Choose the device, and print it with the preset; before any other use of jax.

    Raises:
      ValueError: the platform asked for is not there.
    """
    from serjax.cache import cache_root
    from serjax.training.compilation import use_compilation_cache
    from serjax.training.devices import describe_device, select_platform

    device = select_platform(config.run.platform)
    use_compilation_cache(cache_root(config.run.cache_dir))
    print(f"Preset: {config.run.preset}")
    print(f"Device: {describe_device(device)}", flush=True)


def print_data(dataset: "Dataset", label_map: str, skipped: Path | None) -> None:
    """Print the classes, what each part has, and where skipped files are listed."""
    from serjax.data import describe_parts, note_parts

    print(f"{describe_classes(dataset.classes)}, label_map {label_map or BUILT_IN[0]}")
    print(describe_parts(dataset))
    for note in (*dataset.notes, *note_parts(dataset)):
        print(f"Note: {note}")
    if dataset.skipped:
        where = f", with reasons in {skipped}" if skipped else ""
        print(f"Skipped: {len(dataset.skipped)} recordings{where}")


def data_name(config: Config) -> str:
    """Name of the data, for the name of a folder: `synthetic`, `ravdess-emodb`.

    Raises:
      ValueError: a folder of the data does not exist.
    """
    from serjax.corpora.sources import manifest_names, parse_data

    if config.data.is_synthetic:
        names = ["synthetic"]
    else:
        folders = parse_data(config.data.data)
        names = [folder.corpus or folder.path.resolve().name for folder in folders]
    names += manifest_names(config.data.manifest)
    return re.sub(r"[^\w.-]+", "-", "-".join(names))[:100]


def _guarded(main: Callable[[Config], int], config: Config) -> int:
    # A scheduler's way to stop; while a model is trained, the loop has its own.
    signal.signal(signal.SIGTERM, _stop)
    warnings.showwarning = _show_warning
    try:
        return main(config)
    except (Exception, KeyboardInterrupt) as error:
        return end_with(error, bool(FLAGS["traceback"].value))


def _stop(number: int, _: object) -> None:
    print("Stopped. The same command goes on.", file=sys.stderr)
    sys.exit(leave(stopped(number)))


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {message}", file=sys.stderr, flush=True)
