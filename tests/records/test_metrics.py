import pytest

from serjax.records.metrics import append_metrics, read_metrics


def test_what_is_not_finite_is_null_as_in_any_json(tmp_path):
    line = {"epoch": 0, "encoder_grad_norm": float("inf"), "gender_loss": 0.5}
    append_metrics(tmp_path, line)
    (text,) = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert text == '{"epoch": 0, "encoder_grad_norm": null, "gender_loss": 0.5}'


def test_lines_are_read_as_they_were_written(tmp_path):
    assert read_metrics(tmp_path) == []
    lines = [{"epoch": n, "alpha": n / 2, "x": 1e-300} for n in range(3)]
    for line in lines:
        append_metrics(tmp_path, line)
    assert read_metrics(tmp_path) == lines
    assert isinstance(read_metrics(tmp_path)[1]["epoch"], int)


def test_a_last_line_that_is_half_written_is_not_read(tmp_path):
    append_metrics(tmp_path, {"epoch": 0, "alpha": 0.0})
    for half in ("{", '{"epoch": 1, "alpha": 0.5}', "\0\xff"):
        with (tmp_path / "metrics.jsonl").open("a") as file:
            size = file.tell()
            file.write(half)
        assert len(read_metrics(tmp_path)) == 1
        with (tmp_path / "metrics.jsonl").open("a") as file:
            file.truncate(size)


def test_infinity_which_older_runs_wrote_is_read_as_null(tmp_path):
    text = '{"epoch": 0, "alpha": 0.5, "gender_grad_norm": Infinity}\n'
    (tmp_path / "metrics.jsonl").write_text(text)
    assert read_metrics(tmp_path)[0]["gender_grad_norm"] is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 is no JSON"),
        ("", "line 2 is no JSON"),
        ("[]", "line 2: expected an object, got a list"),
        ('{"alpha": 0.5}', "line 2 lacks epoch"),
        ('{"epoch": 1}', "line 2 lacks alpha"),
        ('{"epoch": 1.5, "alpha": 0}', "line 2: epoch: expected a whole number, got"),
        ('{"epoch": 1, "alpha": null}', "line 2: alpha: expected a number, got null"),
        (
            '{"epoch": 1, "alpha": 0, "x": "y"}',
            r"line 2: \[...\]: expected a number or null",
        ),
        (
            '{"epoch": 1, "alpha": 0, "x": 1e999}',
            r"line 2: \[...\]: expected a number <= 1",
        ),
    ],
)
def test_another_line_is_refused_with_its_number(line, message, tmp_path):
    append_metrics(tmp_path, {"epoch": 0, "alpha": 0.0})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(ValueError, match=f"metrics.jsonl {message}"):
        read_metrics(tmp_path)
