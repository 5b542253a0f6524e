"""Settings of the site: `python -m sphinx -W -b html docs OUT` writes it to OUT."""

import os

import serjax

project = "serjax"
author = "the serjax authors"
release = serjax.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "sphinx_book_theme"
html_title = "serjax"
html_theme_options = {"show_toc_level": 2}

# Anchors are GitHub's own, so that a link to a heading leads to it in both places.
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 4

# The quickstart is executed at each build; a cell that fails fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_merge_streams = True

# Its tiny models compile for longer than they run.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_parallel_codegen_split_count=1",
)

# Docstrings have single backticks around code.
default_role = "code"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False


def setup(app) -> None:
    """Lead links to BUILD_NOTES.md, which is no page of this folder, to its page."""

    def lead_on(app, name: str, source: list[str]) -> None:
        source[0] = source[0].replace("](../BUILD_NOTES.md", "](decisions.md")

    app.connect("source-read", lead_on)
