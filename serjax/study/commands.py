"""The commands that repeat a study, and that train each of its runs by itself."""

from serjax.config import (
    Config,
    all_settings,
    as_text,
    attribute_set_name,
    make_config,
)
from serjax.study.grid import ALL_ATTRIBUTE_SETS
from serjax.study.plan import Plan, PlannedRun

OF_A_RUN = ("approach", "attributes", "roles", "seed")
"""Settings that the grid decides, run by run."""


def study_command(plan: Plan) -> list[str]:
    """The words that repeat the study, from the folder in which it was started."""
    sets = ",".join(map(attribute_set_name, plan.attribute_sets))
    if plan.attribute_sets == ALL_ATTRIBUTE_SETS:
        sets = "all"
    return [
        *_command("study", plan.config),
        f"--approaches={as_text(plan.approaches)}",
        f"--attribute_sets={sets}",
        f"--seeds={as_text(plan.seeds)}",
    ]


def run_command(run: PlannedRun) -> list[str]:
    """The words that train one run of a study into its folder, as the study does."""
    training = run.config.training
    words = _command("train", run.config)
    if training.roles:
        words.append(f"--roles={as_text(training.roles)}")
    else:
        words.append(f"--approach={training.approach}")
    if training.attributes and not training.roles:
        words.append(f"--attributes={as_text(training.attributes)}")
    return [*words, f"--seed={training.seed}"]


def _command(script: str, config: Config) -> list[str]:
    """A script, and each setting that differs from what it is without a flag.

    Those of `OF_A_RUN` are left out.
    """
    settings = config.to_flat()
    sources = {"data": config.data.data, "manifest": config.data.manifest}
    preset = config.run.preset or "paper"  # Settings alone are the paper's.
    words = ["python", "-m", f"experiments.{script}"]
    if make_config(**sources).run.preset != preset:
        words.append(f"--preset={preset}")
    usual = make_config(preset=preset).to_flat()
    for name, (_, field) in all_settings().items():
        value = settings[name]
        if name in (*OF_A_RUN, "preset") or value == usual[name]:
            continue
        values = value if field.metadata.get("repeated") else [value]
        words += [f"--{name}={as_text(it)}" for it in values]
    return words
