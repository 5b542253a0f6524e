"""Look at corpora before a study: read, check, extract, print what is there.

python -m experiments.prepare --data=DIR
  the corpora anywhere below DIR; writes runs/prepare-<name of DIR>.
python -m experiments.prepare --data=ravdess=DIR1,emodb=DIR2 --workdir=runs/two
  two corpora, each from its own folder.
python -m experiments.prepare --data=DIR --manifest=mine.csv
  these, and a corpus of your own.
python -m experiments.prepare
  the synthetic speech.

Nothing is split and nothing is trained. The features stay in the cache for later runs;
the same command goes on where it was stopped. The manifest that is written can be given
to any script as --manifest: it yields the same utterances.
"""

import sys
from pathlib import Path

from experiments.flags import define_settings_flags
from experiments.script import data_name, run_script
from serjax.config import Config, all_settings

_USED = ("cache_dir", "workdir")
_UNUSED = ("ood", "split", "split_seed")
define_settings_flags(
    leave_out=[
        name
        for name, (group, _) in all_settings().items()
        if name not in _USED and (group not in ("data", "features") or name in _UNUSED)
    ]
)

# What each file holds that is named at the end.
_FILES = {
    "manifest.csv": "the usable utterances; give it back as --manifest",
    "skipped.csv": "what was left out, and why",
    "confounds.csv": "Cramer's V and conditional entropies of every pair of attributes",
    "giveaways.csv": "how well a threshold on level or silence tells each corpus",
    "duplicates.csv": "files that hold the same recording as another",
    "config.json": "the settings",
}


def main(config: Config) -> int:
    """Prepare the data; print what was found, and what to beware of."""
    from serjax.preparation import prepare

    workdir = config.run.workdir or f"runs/prepare-{data_name(config)}"
    data = "synthetic speech" if config.data.is_synthetic else config.data.data
    # At once: the features may take minutes.
    print("Data:", *filter(None, (data, *config.data.manifest)), flush=True)
    preparation = prepare(config.replace(workdir=workdir))
    print(preparation.text())
    print(f"\nWritten to {Path(workdir)}:")
    for name, content in _FILES.items():
        print(f"  {name:14}  {content}")
    return 0


if __name__ == "__main__":
    run_script(main, sys.modules[__name__].__doc__)
