"""JSON Schema of a methodology file, for editors and for ``paasche schema``."""

from __future__ import annotations

from typing import Any

from paasche.methodology.methodology import Methodology

__all__ = ["json_schema"]

_NULL = {"type": "null"}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a methodology file.

    The schema knows every key, kind of value and bound; rules across keys are checked on loading.

    Examples
    --------
    >>> json_schema()["required"]
    ['schema_version', 'index', 'universe', 'weighting']
    """
    schema: dict[str, Any] = _plain(Methodology.model_json_schema())
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "paasche methodology",
    }
    return head | schema


def _plain(schema: Any) -> Any:  # noqa: ANN401
    """Return a schema without titles, which repeat the keys, and without null, which TOML lacks."""
    if isinstance(schema, list):
        return [_plain(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _plain(inner)
        for key, inner in schema.items()
        if key != "title" and not (key == "default" and inner is None)
    }
    if isinstance(text := kept.get("description"), str):
        kept["description"] = text.split("\n\n")[0].replace("\n", " ")
    choices = [choice for choice in kept.get("anyOf", ()) if choice != _NULL]
    if len(choices) == 1:
        del kept["anyOf"]
        return {**choices[0], **kept}
    return {**kept, "anyOf": choices} if choices else kept
