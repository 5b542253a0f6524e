from tests.experiments.scripts import call_script, refusal
from tests.study_files import write_study


def test_the_report_of_a_study_under_way_is_written_and_named(tmp_path):
    folder = write_study(tmp_path, approaches=[], planned=["baseline-seed1"])
    done = call_script("report", f"--workdir={folder}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (f"Runs: 1 of 2 finished\nReport: {folder / 'report.html'}\n")
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_the_report_of_one_run_is_written_into_its_folder(tmp_path):
    folder = write_study(tmp_path, seeds=[0]) / "runs" / "reversal-C-seed0"
    done = call_script("report", f"--workdir={folder}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (f"Runs: 1 of 1 finished\nReport: {folder / 'report.html'}\n")
    assert not (tmp_path / "report.html").exists()


def test_where_no_study_is_there_is_no_report(tmp_path):
    assert "holds no study" in refusal(call_script("report", f"--workdir={tmp_path}"))
    assert "--workdir=STUDY" in refusal(call_script("report"))
    assert not list(tmp_path.iterdir())
