"""The command that repeats a study, however it was started."""

from serjax.config import all_settings, as_text, attribute_set_name, make_config
from serjax.study.grid import ALL_ATTRIBUTE_SETS
from serjax.study.plan import Plan

OF_A_RUN = ("approach", "attributes", "roles", "seed")
"""Settings that the grid decides, run by run."""


def study_command(plan: Plan) -> list[str]:
    """The words that repeat the study, from the folder in which it was started.

    Settings are named where they differ from what they are without a flag.
    """
    settings = plan.config.to_flat()
    sources = {"data": plan.config.data.data, "manifest": plan.config.data.manifest}
    preset = plan.config.run.preset or "paper"  # Settings alone are the paper's.
    words = ["python", "-m", "experiments.study"]
    if make_config(**sources).run.preset != preset:
        words.append(f"--preset={preset}")
    usual = make_config(preset=preset).to_flat()
    for name, (_, field) in all_settings().items():
        value = settings[name]
        if name in (*OF_A_RUN, "preset") or value == usual[name]:
            continue
        values = value if field.metadata.get("repeated") else [value]
        words += [f"--{name}={as_text(it)}" for it in values]
    sets = ",".join(map(attribute_set_name, plan.attribute_sets))
    if plan.attribute_sets == ALL_ATTRIBUTE_SETS:
        sets = "all"
    return [
        *words,
        f"--approaches={as_text(plan.approaches)}",
        f"--attribute_sets={sets}",
        f"--seeds={as_text(plan.seeds)}",
    ]
