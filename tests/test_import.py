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


def test_reading_a_study_loads_no_jax(tmp_path):
    (tmp_path / "runs").mkdir()
    code = (
        "import sys, pathlib; from serjax.records.folder import read_study; "
        f"read_study(pathlib.Path({str(tmp_path)!r})); print('jax' in sys.modules)"
    )
    assert in_a_fresh_python(code).strip() == "False"


def test_every_public_name_is_there_and_documented():
    undocumented = [n for n in serjax.__all__ if not getattr(serjax, n).__doc__]
    assert not undocumented
    assert set(serjax.__all__) <= set(dir(serjax))


def test_the_lazy_names_are_the_public_names():
    assert {*serjax._ROOM_OF, "study"} == set(serjax.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'encoder'"):
        _ = serjax.encoder


@pytest.mark.parametrize(
    "imports",
    [
        "import serjax; f = serjax.study",
        "import serjax.study; import serjax; f = serjax.study",
        "import serjax.study.loop; import serjax; f = serjax.study",
        "from serjax import study as f",
        "from serjax.study import study as f",
        "import serjax; serjax.study; import serjax.study.grid; f = serjax.study",
    ],
)
def test_study_is_callable_in_any_order_of_imports(imports):
    # A stand-in for the loop, which would load jax.
    code = (
        "import sys, types\n"
        "loop = sys.modules['serjax.study.loop'] = types.ModuleType('loop')\n"
        "loop.study = lambda *args, **kwargs: (args, kwargs)\n"
        f"{imports}\n"
        "print(f(1, seeds=2))\n"
    )
    assert in_a_fresh_python(code).strip() == "((1,), {'seeds': 2})"


def test_study_is_the_loop_of_its_room():
    from serjax.study import loop, study

    assert study is loop.study
