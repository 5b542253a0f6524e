"""A study's runs shared out among processes: by shards, or each by its own command."""

from serjax.config import Config, as_text


def parse_shard(text: str) -> tuple[int, int]:
    """Read `2/4`, the second of four shards: a study's runs 2, 6, 10 and so on.

    Raises:
      ValueError: it is no such text, or there is no such shard.
    """
    number, _, total = text.partition("/")
    if not (number.isdecimal() and total.isdecimal()) or not (
        1 <= int(number) <= int(total)
    ):
        raise ValueError(
            f"shard={text!r}: expected one of n from 1 to n, as 1/4, 2/4, 3/4, 4/4; in "
            "a SLURM array, --array=1-4 and --shard=$SLURM_ARRAY_TASK_ID/4."
        )
    return int(number), int(total)


def run_command(config: Config) -> list[str]:
    """The words that train a run of a study into its folder, as the study does.

    Args:
      config: the run's settings, with its folder.
    """
    from serjax.study.about import command_words

    training = config.training
    words = command_words("train", config)
    if training.roles:
        words.append(f"--roles={as_text(training.roles)}")
    else:
        words.append(f"--approach={training.approach}")
        if training.attributes:
            words.append(f"--attributes={as_text(training.attributes)}")
    return [*words, f"--seed={training.seed}"]
