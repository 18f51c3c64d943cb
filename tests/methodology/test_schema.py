"""The JSON Schema of a methodology file, read by a small validator of our own."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from importlib.resources import files

import pytest

from paasche.methodology import bundled, json_schema

SCHEMA = json_schema()
KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "number": (int, float),
}
CHECKS = {
    "const": lambda value, bound: value == bound,
    "enum": lambda value, bound: value in bound,
    "pattern": lambda value, bound: re.search(bound, value),
    "minimum": lambda value, bound: value >= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
    "maximum": lambda value, bound: value <= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "format": lambda value, bound: bound == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", value),
    "required": lambda value, bound: set(bound) <= set(value),
}
INNER = {"items": list, "additionalProperties": dict.values, "propertyNames": list}
SILENT = {"$schema", "$defs", "title", "description", "default", "type"}


def fits(value, schema):
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "type" in schema and (
        isinstance(value, bool) != (schema["type"] == "boolean")
        or not isinstance(value, KINDS[schema["type"]])
    ):
        return False
    return all(fits_key(value, schema, key) for key in set(schema) - SILENT)


def fits_key(value, schema, key):
    bound = schema[key]
    if key == "properties":
        return all(fits(value[name], bound[name]) for name in set(value) & set(bound))
    if key == "additionalProperties" and bound is False:
        return set(value) <= set(schema["properties"])
    if key in {"anyOf", "oneOf"}:
        matches = sum(fits(value, choice) for choice in bound)
        return matches == 1 if key == "oneOf" else matches > 0
    if key in INNER:
        return all(fits(inner, bound) for inner in INNER[key](value))
    return CHECKS[key](value, bound)


def as_json(value):
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return str(value) if isinstance(value, date) else value


def written(name):
    file = files("paasche.methodology") / "indices" / f"{name}.toml"
    return as_json(tomllib.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", bundled())
def test_the_bundled_files_fit_the_schema(name):
    assert fits(written(name), SCHEMA)


@pytest.mark.parametrize(
    ("section", "key", "value", "good"),
    [
        ("index", "base_level", {"value": 1000, "assumed": "notice"}, True),
        ("index", "base_level", {"value": 1000}, False),
        ("index", "base_level", 0, False),
        ("index", "base_level", "1000", False),
        ("index", "colour", 1, False),
        ("index", "anchor", {"date": "2020-01-02", "level": 1}, True),
        ("index", "anchor", {"level": 1}, False),
        ("weighting", "scheme", "freefloat", False),
        ("weighting", "free_float_bands", [{"from": "2010-01-01", "table": "csi-2010"}], True),
        ("weighting", "free_float_bands", [{"since": "2010-01-01", "table": "csi-2010"}], False),
        ("weighting", "lag", 0, False),
        ("universe", "constituents", "tables", False),
        ("universe", "listing_age", {"months": 3, "boards": {"star": 12}}, True),
        ("universe", "listing_age", {"months": 3, "boards": {"stars": 12}}, False),
        ("universe", "listing_age", {"boards": {"star": 12}}, False),
        ("sources", "index", "a notice", True),
        ("sources", "index", 1, False),
    ],
)
def test_the_schema_tells_good_from_bad(section, key, value, good):
    methodology = written("sample-cross-border")
    methodology.setdefault(section, {})[key] = value
    assert fits(methodology, SCHEMA) == good


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({"valid_from": "2020-01-06", "weighting": {"single_cap": 0.15}}, True),
        ({"valid_from": "2020-01-06", "universe": {"listing_age": {"boards": {"star": 6}}}}, True),
        ({"weighting": {"single_cap": 0.15}}, False),
        ({"valid_from": "2020-01-06", "weighting": {"single_cap": 1.5}}, False),
        ({"valid_from": "2020-01-06", "weighting": {"scheme": "total"}}, False),
        ({"valid_from": "2020-01-06", "index": {"code": "OTHER"}}, False),
        ({"valid_from": "2020-01-06", "selection": {"groups": [{"name": "one"}]}}, False),
    ],
)
@pytest.mark.rule("R58")
def test_a_change_is_a_section_in_part(change, good):
    methodology = written("sample-cross-border") | {"change": [change]}
    assert fits(methodology, SCHEMA) == good


def test_every_key_is_described():
    sections = [SCHEMA, *SCHEMA["$defs"].values()]
    described = [
        (name, "description" in prop or "$ref" in prop)
        for section in sections
        for name, prop in section["properties"].items()
    ]
    assert described
    assert all(ok for _, ok in described)


def test_the_schema_knows_no_null():
    assert "null" not in str(SCHEMA)
    assert "None" not in str(SCHEMA)
