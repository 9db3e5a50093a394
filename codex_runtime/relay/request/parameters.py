"""The fields of a chat request around its messages and tools.

Owns which parameter becomes which field, and the order of what settings say: what is named is sent
on, what is to be dropped goes, what is extra comes last. Does not know items or tools. Enter at
`parameters_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.relay.failures import Refused, bad_request

if TYPE_CHECKING:
    from msgspec import Raw

    from codex_runtime.relay.request.options import RequestOptions
    from codex_runtime.relay.request.reading import Asked
    from codex_runtime.relay.shapes.asked import TextFormat

__all__ = ["parameters_of"]

_FORMAT_NAME: Final = "answer"


def parameters_of(asked: Asked, options: RequestOptions) -> dict[str, object]:
    """Every field that a parameter of the request gives, without those of the settings' last word.

    Raises:
        Refused: The form of the answer is of an unknown type, or a schema is missing.
    """
    request = asked.request
    fields = _forwarded(asked, options.forward_params)
    own: dict[str, object] = {
        "reasoning_effort": request.reasoning.effort if request.reasoning is not None else None,
        "temperature": request.temperature,
        "top_p": request.top_p,
        options.limit_field: request.max_output_tokens,
    }
    fields.update((name, value) for name, value in own.items() if value is not None)
    if request.text is not None and request.text.format is not None:
        form = _response_format(request.text.format)
        if form is not None:
            fields["response_format"] = form
    fields["stream"] = options.stream_upstream
    if options.stream_upstream:
        fields["stream_options"] = {"include_usage": True}
    return fields


def _forwarded(asked: Asked, names: frozenset[str]) -> dict[str, object]:
    if not names:
        return {}
    given = asked.fields()
    fields: dict[str, object] = {name: given[name] for name in sorted(names) if name in given}
    text = asked.request.text
    if "verbosity" in names and text is not None and text.verbosity is not None:
        fields["verbosity"] = text.verbosity
    return fields


def _response_format(form: TextFormat) -> dict[str, object] | None:
    if form.type == "text":
        return None
    if form.type == "json_object":
        return {"type": "json_object"}
    if form.type != "json_schema":
        path = "text.format.type"
        advice = "give text, json_object or json_schema"
        raise Refused(bad_request(f"`{path}` is {form.type!r}: {advice}", param=path))
    if bytes(form.schema) in {b"", b"null"}:
        path = "text.format.schema"
        raise Refused(bad_request(f"`{path}` is missing: give a JSON schema", param=path))
    described = {"description": form.description, "strict": form.strict}
    schema: dict[str, object | Raw] = {
        "name": form.name or _FORMAT_NAME,
        "schema": form.schema,
        **{name: value for name, value in described.items() if value is not None},
    }
    return {"type": "json_schema", "json_schema": schema}
