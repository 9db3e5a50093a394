"""How the documentation is built: Sphinx with MyST, warnings are errors.

Public names are documented where users import them from; a reference to the module they really live
in is led there. Nothing is fetched from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import codex_runtime
import codex_runtime.protocol
import codex_runtime.testing
import codex_runtime.testing.faults

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "codex_runtime"
author = "codex_runtime contributors"
project_copyright = f"2026, {author}"
release = version = codex_runtime.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = f"codex_runtime {release}"

default_role = "py:obj"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_google_docstring = True

# Types of others are not linked: that would need their inventories from the network.
nitpick_ignore_regex = [
    ("py:.*", r"(?!codex_runtime\.).*"),
    # The type variables of a signature.
    ("py:class", r"codex_runtime\.[a-z_.]+\.(P|R|R_co|T)"),
]
# What a public name returns or takes without being one itself.
nitpick_ignore = [
    ("py:class", "codex_runtime.session.turn.TurnStream"),
    ("py:class", "codex_runtime.testing.faults.naive.NaiveTurn"),
]

MADE_BY_FUNCTIONS = {"codex_runtime.testing.Reply", "codex_runtime.testing.ScriptedModel"}

PUBLIC = {
    f"{module.__name__}.{name}": name
    for module in (
        codex_runtime.testing.faults,
        codex_runtime.testing,
        codex_runtime.protocol,
        codex_runtime,
    )
    for name in module.__all__
}
HOMES = {name: path for path, name in PUBLIC.items()}


def lead_home(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: Element
) -> Element | None:
    """Resolve a reference into a private module by the public name; leave prose as it is."""
    target = str(node["reftarget"])
    owner, _, member = target.rpartition(".")
    python = env.domains["py"]
    for name in (
        HOMES.get(target.rpartition(".")[2]),
        f"{HOMES.get(owner.rpartition('.')[2], owner)}.{member}",
    ):
        if name is None:
            continue
        found = python.resolve_any_xref(env, str(node["refdoc"]), app.builder, name, node, contnode)
        if found:
            return found[0][1]
    # The default role: anything in single backticks that is no public name is a word of code.
    # A generated type is named on the page of methods and has no entry of its own.
    is_word = node["reftype"] == "obj" or target.startswith("codex_runtime.protocol.generated.")
    return contnode if is_word else None


def hide_constructor(
    _app: Sphinx, _what: str, name: str, documented: object, *_rest: object
) -> tuple[str, None] | None:
    """Show no signature for a handle: those are final, and made by the library alone."""
    hidden = getattr(documented, "__final__", False) or name in MADE_BY_FUNCTIONS
    return ("", None) if hidden else None


def keep_the_colon(
    _app: Sphinx, what: str, _name: str, _documented: object, _options: object, lines: list[str]
) -> None:
    """Let an attribute's docstring have a colon: napoleon takes what stands before it for a type.

    It looks at the first line that is not empty; this one is a comment without text.
    """
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]


def setup(app: Sphinx) -> None:
    """Connect the hooks."""
    app.connect("autodoc-process-docstring", keep_the_colon, priority=400)
    app.connect("missing-reference", lead_home)
    app.connect("autodoc-process-signature", hide_constructor)
