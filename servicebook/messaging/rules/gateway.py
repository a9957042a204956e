"""How an SMS gateway is asked, and how its answer is read: every one wants it in its own words."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

_PLACE = re.compile(r"\{(\w+)\}")
Verdict = Literal["taken", "refused", "gone"]


def filled(template: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Put `values` into a template of a body; return (content type, body).

    A template that is a JSON object is filled text by text, so that no value can break out of it. Any
    other is a form, and values are written as forms write them.
    """
    if template.strip().startswith("{"):
        whole = _in_texts(json.loads(template), values)
        return "application/json", json.dumps(whole, ensure_ascii=False)
    return "application/x-www-form-urlencoded", in_address(template, values)


def in_address(template: str, values: Mapping[str, str]) -> str:
    """Put `values` into an address, each as one part of it."""
    return _put(template, {name: quote(value, safe="") for name, value in values.items()})


def verdict(status: int, answer: Any, *, success: str, gone: str) -> Verdict:
    """Judge an answer.

    Args:
        answer: what the JSON of its body says, None if it is none.
        success: the field and the values of a message that was taken ("status=ok|queued"); any answer
            with a status of 200 to 299 if nothing is said.
        gone: the field and the values of a number that nothing can ever be sent to.
    """
    if gone and _says(answer, gone):
        return "gone"
    if 200 <= status < 300 and (not success or _says(answer, success)):
        return "taken"
    return "refused"


def _in_texts(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return _put(part, values)
    if isinstance(part, list):
        return [_in_texts(one, values) for one in part]
    if isinstance(part, dict):
        return {name: _in_texts(one, values) for name, one in part.items()}
    return part


def _put(text: str, values: Mapping[str, str]) -> str:
    # In one go, so that what stands in a value is not taken for a place.
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def _says(answer: Any, wanted: str) -> bool:
    """Whether a field ("messages.0.status") has one of the values that are wanted ("status=ok|sent")."""
    path, _equals, values = wanted.partition("=")
    for step in path.strip().split("."):
        if isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        elif isinstance(answer, dict):
            answer = answer.get(step)
        else:
            return False
    said = json.dumps(answer) if isinstance(answer, bool) else str(answer)
    return said in [one.strip() for one in values.split("|")]
