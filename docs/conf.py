"""How the manual is built: `make docs`, with every warning an error."""

from urbangeo.version import __version__

project = "urbangeo"
author = "The urbangeo authors"
project_copyright = "The urbangeo authors; code MIT, data under the terms in DATA_TERMS.md"
release = __version__
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
source_suffix = {".md": "markdown"}

# Machines without internet build the manual too: no intersphinx. Docstrings state types in words.
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autosummary_generate = False

# Docstrings name these constants by the short name they have in their module; the manual shows them under the full one.

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"urbangeo {release}"
html_show_sphinx = False
