from packaging.version import Version

from tests.version_drift import lowest, requirements


def test_every_requirement_has_a_lowest_version_that_can_be_installed():
    named = requirements()
    assert {"jax", "flax", "orbax-checkpoint", "pytest"} <= {it.name for it in named}
    for requirement in named:
        _, _, bound = lowest(requirement).partition("==")
        assert requirement.specifier.contains(Version(bound))
