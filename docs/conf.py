"""Sphinx configuration."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "asyncspeech"
author = "The asyncspeech authors"
copyright = author  # noqa: A001 - Sphinx's name for it

extensions = [
    "benchmark_tables",
    "capability_tables",
    "error_list",
    "metric_table",
    "myst_parser",
    "pictures",
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
html_static_path = ["_static"]
# The two streams of a picture, which the theme has no colours for.
html_theme_options = {
    "light_css_variables": {
        "picture-old": "#2a62b0",
        "picture-old-pale": "#e2ecf9",
        "picture-new": "#a34f0a",
        "picture-new-pale": "#fbeada",
    },
    "dark_css_variables": {
        "picture-old": "#8ab6f2",
        "picture-old-pale": "#1c2c42",
        "picture-new": "#eeb06c",
        "picture-new-pale": "#3a2a18",
    },
}

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # the table of the models is no reading matter in a signature
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Cause", "Cure"]
