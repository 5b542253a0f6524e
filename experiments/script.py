"""What all scripts share: reading the command line, and errors as exit codes."""

import contextlib
import faulthandler
import functools
import logging
import mmap
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from absl import flags

from experiments.exits import Terminated, end_with
from experiments.flags import config_from_flags, help_text
from experiments.interrupts import stop_at_second_interrupt
from experiments.xla_flags import check_xla_flags
from serjax.cache import lend_cache
from serjax.config import Config
from serjax.corpora.labels import BUILT_IN, describe_classes
from serjax.huge_pages import use_huge_pages
from serjax.methods import Method

if TYPE_CHECKING:
    from serjax.data import Dataset

FLAGS = flags.FLAGS


def run_script(
    main: Callable[..., int],
    doc: str | None,
    methods: Sequence[Method] = (),
    *,
    takes_inputs: bool = False,
    **own: Any,
) -> None:
    """Parse the flags, call `main` with the settings, and leave with its exit code.

    Args:
      main: the script; returns the exit code.
      doc: the script's docstring, shown by `--help` above the flags.
      methods: of the user's own, which the flags may name; given to `main` if there
        are some.
      takes_inputs: what stands among the flags, without `--`, is given to `main` as
        `inputs`; without it, that is an error.
      own: what else of the user's own is given to `main`.
    """
    given = {**own, **({"methods": methods} if methods else {})}
    sys.exit(_guarded(functools.partial(main, **given), doc, methods, takes_inputs))


def print_start(config: Config) -> None:
    """Choose the device, and print it with the preset; before any other use of jax.

    Raises:
      ValueError: the platform asked for is not there, or XLA_FLAGS cannot be used.
    """
    from serjax.cache import cache_root
    from serjax.training.compilation import use_compilation_cache
    from serjax.training.devices import describe_device, select_platform

    check_xla_flags()
    device = select_platform(config.run.platform, config.run.threads)
    use_compilation_cache(cache_root(config.run.cache_dir))
    print(f"Preset: {config.run.preset}")
    print(f"Device: {describe_device(device)}", flush=True)


def print_data(
    folds: "Mapping[str, Dataset]", label_map: str, skipped: Path | None
) -> None:
    """Print the classes, what each part has, and where skipped files are listed.

    The data sets are those of `load_folds`, or one by ''.
    """
    from serjax.data import describe_folds, note_folds

    dataset = next(iter(folds.values()))
    print(f"{describe_classes(dataset.classes)}, label_map {label_map or BUILT_IN[0]}")
    print(describe_folds(folds))
    for note in note_folds(folds):
        print(f"Note: {note}")
    if dataset.skipped:
        where = f", with reasons in {skipped}" if skipped else ""
        print(f"Skipped: {len(dataset.skipped)} recordings{where}")


def data_name(config: Config) -> str:
    """Name of the data, for the name of a folder: `synthetic`, `ravdess-emodb`.

    Raises:
      ValueError: a folder of the data does not exist.
    """
    from serjax.corpora.sources import named_manifests, parse_data

    if config.data.is_synthetic:
        names = ["synthetic"]
    else:
        folders = parse_data(config.data.data)
        names = [folder.corpus or folder.path.resolve().name for folder in folders]
    names += named_manifests(config.data.manifest)
    return re.sub(r"[^\w.-]+", "-", "-".join(names))[:100]


def _guarded(
    main: Callable[..., int],
    doc: str | None,
    methods: Sequence[Method],
    takes_inputs: bool,
) -> int:
    # What cannot be caught, such as a library's abort, leaves a trace.
    faulthandler.enable()
    # Ways to stop; while a model is trained, the loop has its own for most.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)
    stop_at_second_interrupt()
    warnings.showwarning = _show_warning
    sys.unraisablehook = _stop_again
    reserve = mmap.mmap(-1, 8 << 20)  # room to tell that there is none
    try:
        use_huge_pages()
        config, inputs = _parse(doc, methods, takes_inputs)
        if config:
            lend_cache(config.run.cache_dir)
        if not FLAGS["traceback"].value:
            # Pages of Orbax's and asyncio's, of an error that is told in a line.
            for name in ("absl", "asyncio"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
        given = {"inputs": inputs} if takes_inputs else {}
        code = main(config, **given) if config else 0
        sys.stdout.flush()
        if code:
            _fall_silent()
        return code
    except (Exception, KeyboardInterrupt, Terminated) as error:
        reserve.close()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        code = end_with(error, bool(FLAGS["traceback"].value))
        _fall_silent()  # before the error goes, and what it holds, with complaints
        return code


def _parse(
    doc: str | None, methods: Sequence[Method], takes_inputs: bool
) -> tuple[Config | None, list[str]]:
    """The settings of the command line, None after `--help`; and the inputs."""
    try:
        FLAGS.set_gnu_getopt(takes_inputs)  # flags may follow an input
        rest = FLAGS(sys.argv)[1:]
        if FLAGS["help"].value:
            print(help_text(doc or "", methods=methods))
            return None, []
        if rest and not takes_inputs:
            raise ValueError(f"unexpected {rest[0]!r}; flags are --name=value.")
        return config_from_flags(methods=methods), rest
    except flags.Error as error:
        raise ValueError(f"{error}\nSee --help.") from error


def _fall_silent() -> None:
    """Let nothing follow the last line: libraries complain of an error once more.

    Nor may what is left for a pipe that broke change the exit code.
    """
    os.closerange(0, 1)  # a handle, should none be left
    with contextlib.suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)


def _stop(number: int, _: object) -> None:
    raise Terminated(number)


def _stop_again(ignored: Any) -> None:
    # What a signal raises within a finaliser or a library's callback goes no further.
    error = ignored.exc_value
    if isinstance(error, Terminated | KeyboardInterrupt):
        number = error.signal if isinstance(error, Terminated) else signal.SIGINT
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
    else:
        sys.__unraisablehook__(ignored)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {message}", file=sys.stderr, flush=True)
