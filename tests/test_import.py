import subprocess
import sys

import pytest

import serjax


def in_a_fresh_python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_serjax_loads_no_jax_and_nothing_heavy():
    loaded = in_a_fresh_python("import sys, serjax; print(*sys.modules)").split()
    heavy = {"jax", "flax", "optax", "orbax", "numpy", "scipy", "librosa", "sklearn"}
    assert not heavy & set(loaded)


def test_reading_settings_and_grids_loads_no_jax():
    code = (
        "import sys, serjax; serjax.make_config(); import serjax.study.grid; "
        "print('jax' in sys.modules)"
    )
    assert in_a_fresh_python(code).strip() == "False"


def test_reading_a_study_and_its_report_load_no_jax(tmp_path):
    (tmp_path / "runs").mkdir()
    code = (
        "import sys, pathlib; from serjax.records.folder import read_study; "
        "import serjax.reporting.report, serjax.analysis.verdicts; "
        f"read_study(pathlib.Path({str(tmp_path)!r})); print('jax' in sys.modules)"
    )
    assert in_a_fresh_python(code).strip() == "False"


def test_every_public_name_is_there_and_documented():
    names = dir(serjax)
    assert {"train", "run_study", "Method", "multitask_loss", "Encoder"} <= {*names}
    assert not [name for name in names if not getattr(serjax, name).__doc__]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="No serjax attribute encoder"):
        _ = getattr(serjax, "encoder")  # noqa: B009


@pytest.mark.parametrize(
    "imports",
    [
        "import serjax; f = serjax.study",
        "import serjax.study; import serjax; f = serjax.study",
        "import serjax.study.loop; import serjax; f = serjax.study",
        "from serjax import study as f",
        "from serjax.study import study as f",
        "import serjax; serjax.study; import serjax.study.grid; f = serjax.study",
        "import serjax.study.grid as g; g.make_grid; import serjax; f = serjax.study",
    ],
)
def test_the_old_name_of_run_study_works_in_any_order_of_imports(imports):
    # A stand-in for the loop, which would load jax.
    code = (
        "import sys, types, warnings\n"
        "loop = sys.modules['serjax.study.loop'] = types.ModuleType('loop')\n"
        "loop.run_study = lambda *args, **kwargs: (args, kwargs)\n"
        f"{imports}\n"
        "with warnings.catch_warnings(record=True) as told:\n"
        "    warnings.simplefilter('always')\n"
        "    print(f(1, seeds=2), type(f).__name__, told[0].category.__name__)\n"
        "print(type(sys.modules['serjax.study']).__name__)\n"
    )
    call, room = in_a_fresh_python(code).splitlines()
    assert call == "((1,), {'seeds': 2}) function DeprecationWarning"
    assert room == "module"


def test_the_step_stands_alone():
    code = "import sys, serjax.training.steps; print(*sys.modules)"
    loaded = in_a_fresh_python(code).split()
    ours = [name for name in loaded if name.partition(".")[0] == "serjax"]
    rooms = {name.split(".")[1] for name in ours if "." in name}
    assert rooms == {"methods", "models", "training"}
    assert len(ours) <= 31
    assert not {"librosa", "sklearn", "orbax", "soundfile", "msgspec"} & {*loaded}


def test_settings_and_methods_are_read_without_jax():
    code = (
        "import sys, serjax; serjax.make_config(approach='ganin', attributes=('S',)); "
        "serjax.Method; serjax.multitask_loss; print('jax' in sys.modules)"
    )
    assert in_a_fresh_python(code).strip() == "False"
