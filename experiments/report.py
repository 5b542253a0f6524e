"""Write the report of a study from its runs' files: report.html, tables/, figures/.

python -m experiments.report --workdir=runs/study-synthetic-demo
  the report of that study, finished or under way.
python -m experiments.report --workdir=runs/baseline-seed0
  the report of that run alone, in its own folder.

Nothing is trained: the same command makes the report anew when more runs are there.
Probes and t-SNE are kept in the runs' folders. report.html needs no other file, nor
a network.
"""

import sys
from pathlib import Path

from experiments.flags import define_settings_flags
from experiments.script import run_script
from serjax.config import Config, all_settings

define_settings_flags(leave_out=[name for name in all_settings() if name != "workdir"])


def main(config: Config) -> int:
    """Write the report; print where it is."""
    from serjax.records.folder import read_study
    from serjax.reporting.report import write_report

    if not config.run.workdir:
        raise ValueError("Give a study's or a run's folder: --workdir=STUDY.")
    study = read_study(Path(config.run.workdir))
    path = write_report(study)
    print(f"Runs: {len(study.finished)} of {len(study.runs)} finished")
    print(f"Report: {path}")
    return 0


if __name__ == "__main__":
    run_script(main, sys.modules[__name__].__doc__)
