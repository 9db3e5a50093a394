"""How the documentation is built: Sphinx with MyST, warnings are errors.

Public names are documented where users import them from; a reference to the module they really live
in is led there. Nothing is fetched from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.addnodes import pending_xref

import codex_runtime
import codex_runtime.aio
import codex_runtime.protocol
import codex_runtime.relay
import codex_runtime.testing
import codex_runtime.testing.faults

if TYPE_CHECKING:
    from docutils import nodes
    from docutils.nodes import Element
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
    ("py:class", r"codex_runtime\.[a-z_.]+\.(E|P|R|R_co|T)"),
]
# What a public name returns or takes without being one itself.
nitpick_ignore = [
    ("py:class", "codex_runtime.faces.generated.aio.RuntimeOpening"),
    ("py:class", "codex_runtime.faces.generated.blocking.RuntimeOpening"),
    ("py:class", "codex_runtime.faces.in_threads.EventBlock"),
    ("py:class", "codex_runtime.faces.in_threads.TurnHandle"),
    ("py:class", "codex_runtime.relay.request.options.RequestOptions"),
    ("py:class", "codex_runtime.session.turn.TurnStream"),
    ("py:class", "codex_runtime.testing.faults.naive.NaiveTurn"),
]

MADE_BY_FUNCTIONS = {
    f"codex_runtime.testing.{name}" for name in ("Reply", "ScriptedModel", "ServedModel")
}

PUBLIC = {
    f"{module.__name__}.{name}": name
    for module in (
        codex_runtime.testing.faults,
        codex_runtime.testing,
        codex_runtime.protocol,
        codex_runtime.relay,
        codex_runtime,
    )
    for name in module.__all__
}
HOMES = {name: path for path, name in PUBLIC.items()}
CORES = {
    name: HOMES.get(name, "codex_runtime.session.turn.TurnStream")
    for name in codex_runtime.aio.__all__
}
FACES = {"codex_runtime.aio", "codex_runtime.blocking"}


def tell_apart(_app: Sphinx, doctree: nodes.document) -> None:
    """Lead a bare name that a face has as well to the core's, unless it stands in that face."""
    for node in doctree.findall(pending_xref):
        target, module = node["reftarget"], node.get("py:module")
        if node.get("refdomain") == "py" and target in CORES:
            node["reftarget"] = f"{module}.{target}" if module in FACES else CORES[target]


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
    app.connect("doctree-read", tell_apart)
    app.connect("missing-reference", lead_home)
    app.connect("autodoc-process-signature", hide_constructor)
