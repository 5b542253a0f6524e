"""The command `serjax SCRIPT --flag=value ...`, where serjax is installed.

There this package is called serjax_scripts: many a project has `experiments` of its
own, which would hide ours, or be hidden. Within the command it bears its own name.
"""

import runpy
import sys

_SCRIPTS = "prepare train study tune report embed predict export".split()


def main() -> None:
    """Run the script that the first argument names, with the others."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name not in _SCRIPTS:
        asks = name in ("-h", "--help")
        print(
            f"usage: serjax SCRIPT --flag=value ...; SCRIPT is {', '.join(_SCRIPTS)}. "
            "serjax SCRIPT --help tells of its flags.",
            file=sys.stdout if asks else sys.stderr,
        )
        sys.exit(0 if asks else 2)
    del sys.argv[1]
    sys.modules["experiments"] = sys.modules[str(__package__)]
    runpy.run_module(f"experiments.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
