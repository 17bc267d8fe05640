"""Sphinx configuration."""

from __future__ import annotations

project = "asyncspeech"
author = "The asyncspeech authors"
copyright = author  # noqa: A001 - Sphinx's name for it

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "asyncspeech"

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # the table of the models is no reading matter in a signature
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
