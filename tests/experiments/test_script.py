from pathlib import Path

from experiments.script import print_data
from serjax.config import make_config
from serjax.data import load_dataset


def test_cells_of_a_label_map_that_match_nothing_are_a_note(
    speech_folder, tmp_path, capsys
):
    table = tmp_path / "mine.toml"
    table.write_text('[emo-db]\nL = "drop"\n')
    config = make_config(data=str(speech_folder), label_map=str(table))
    config = config.replace(cache_dir=str(tmp_path / "cache"))
    dataset = load_dataset(config, progress=False)
    print_data({"": dataset}, str(table), Path("skipped.csv"))
    printed = capsys.readouterr().out
    assert "\nNote: mine.toml: [emo-db]: no such corpus here; present: em" in printed
