"""The description of the API turned into what its page shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from servicebook.api.site import openapi
from servicebook.rights import API


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    required: bool
    note: str = ""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    asked: list[Field] = field(default_factory=list)
    sent: list[Field] = field(default_factory=list)
    answered: list[Field] = field(default_factory=list)


@cache
def groups() -> dict[str, list[Operation]]:
    """Tag → its operations, in the order of the routers."""
    whole = openapi()
    found: dict[str, list[Operation]] = {}
    for path, methods in whole["paths"].items():
        for method, one in methods.items():
            body = _content(one.get("requestBody", {}))
            good: Mapping[str, Any] = next(
                (a for code, a in one["responses"].items() if str(code).startswith("2")), {}
            )
            need = API.get(one["operationId"])
            found.setdefault(one.get("tags", [""])[0], []).append(
                Operation(
                    id=one["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=one["summary"],
                    description=one.get("description", ""),
                    scope=need.scope if need else "",
                    asked=[
                        Field(p["name"], _kind(p["schema"], whole), p.get("required", False))
                        for p in one.get("parameters", [])
                    ],
                    sent=list(_fields(body, whole)),
                    answered=list(_fields(_content(good), whole)),
                )
            )
    return found


def _content(part: Mapping[str, Any]) -> Mapping[str, Any]:
    for content in part.get("content", {}).values():
        schema: Mapping[str, Any] = content.get("schema", {})
        return schema
    return {}


def _fields(schema: Mapping[str, Any], whole: Mapping[str, Any], prefix: str = "") -> Iterator[Field]:
    schema = _resolved(schema, whole)
    if schema.get("type") == "array":
        yield from _fields(schema["items"], whole, f"{prefix}[].")
        return
    required = set(schema.get("required", []))
    for name, one in schema.get("properties", {}).items():
        yield Field(prefix + name, _kind(one, whole), name in required, one.get("description", ""))
        inner = _resolved(one, whole)
        if inner.get("type") == "array" and "properties" in _resolved(inner.get("items", {}), whole):
            yield from _fields(inner["items"], whole, f"{prefix}{name}[].")


def _kind(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """ "text, at most 200", "one of open, closed", "number or null"."""
    schema = _resolved(schema, whole)
    if "anyOf" in schema:
        return " or ".join(_kind(one, whole) for one in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("format") or schema.get("type", "any"))
    if "maxLength" in schema:
        kind += f", at most {schema['maxLength']}"
    return kind


def _resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference."""
    if "allOf" in schema and len(schema["allOf"]) == 1:
        schema = schema["allOf"][0]
    while "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
