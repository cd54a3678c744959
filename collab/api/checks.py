"""Values against schemas (JSON Schema, draft 2020-12): what is wrong is said in a sentence, and nothing is repeated.

Schemas are those of the description and are compiled once, when the server starts.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from collab.auth import Glob, parse_name
from collab.errors import CollabError, InvalidName, InvalidRequest
from collab.history import read_moment

Schema = Mapping[str, Any]

NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's controls, lone surrogates and line ends."""

_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}


class Check:
    """A compiled schema for one part of a request."""

    def __init__(self, schema: Schema, where: str) -> None:
        """``where`` is a JSON pointer: ``/body``, ``/query/limit``."""
        self._validator = _Validator(schema, format_checker=_formats())
        self._where = where

    def __call__(self, value: object) -> None:
        """Raises InvalidRequest, which says where the first mistake is, and InvalidName."""
        for error in self._validator.iter_errors(value):
            raise _refusal(error, self._where)


def _refusal(error: ValidationError, where: str) -> CollabError:
    if isinstance(error.cause, InvalidName):
        return error.cause
    steps = [str(step) for step in error.absolute_path]
    complaint = f"is not as described ({error.validator})"
    limit: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "type":
            kinds = [limit] if isinstance(limit, str) else list(limit)
            complaint = f"is not {' or '.join(_KINDS[kind] for kind in kinds)}"
        case "required":
            steps.append(next(name for name in limit if name not in instance))
            complaint = "is missing"
        case "additionalProperties":
            complaint = f"may only have {', '.join(f'`{name}`' for name in schema.get('properties', {}))}"
        case "minLength":
            complaint = "is empty" if limit == 1 else f"has fewer than {limit} characters"
        case "maxLength":
            complaint = f"has more than {limit} characters"
        case "minimum":
            complaint = f"is less than {limit}"
        case "maximum":
            complaint = f"is more than {limit}"
        case "enum":
            complaint = f"is not one of {', '.join(limit)}"
        case "format" | "pattern":
            complaint = _FORMATS.get(schema.get("format", ""), complaint)
        case _:  # the schemas of requests have no other keywords that can fail
            pass
    pointer = where + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return InvalidRequest(f"{_spoken(pointer)} {complaint}", where=pointer)


def _spoken(pointer: str) -> str:
    part, *steps = pointer.removeprefix("/").split("/")
    if not steps:
        return f"the {part}"
    name = "/".join(steps).replace("~1", "/").replace("~0", "~")
    return f"the query parameter `{name}`" if part == "query" else f"`{name}` in the {part}"


def _pattern(_: Draft202012Validator, pattern: str, value: object, __: Schema) -> Iterator[ValidationError]:
    """``pattern`` as ECMAScript means it, where ``$`` is the end, and not also just before a last line feed.

    All our patterns stand between ``^`` and ``$``; a test holds that.
    """
    if isinstance(value, str) and not re.fullmatch(pattern[1:-1], value, re.ASCII):
        yield ValidationError("the pattern does not match")


_Validator: type[Draft202012Validator] = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]

_FORMATS = {
    "base64url": "is not base64url",
    "moment": "is no moment: that is a number, a time (2026-01-02T03:04:05Z), the id of a version, or `now`",
    "glob": "is no glob over names: it is not in Unicode's normal form C",
    "line": "is not one line of text: it has a control character or a line end",
}


def _formats() -> FormatChecker:
    """The formats that the description uses; those of answers are not checked here."""
    checker = FormatChecker(())
    checker.checks("document-name", raises=InvalidName)(_is_name)
    checker.checks("line")(_is_line)
    checker.checks("glob", raises=InvalidRequest)(_is_glob)
    checker.checks("moment", raises=InvalidRequest)(_is_moment)
    checker.checks("base64url", raises=ValueError)(_is_base64url)
    return checker


def _is_name(value: object) -> bool:
    return not isinstance(value, str) or bool(parse_name(value))


def _is_line(value: object) -> bool:
    return not isinstance(value, str) or not any(unicodedata.category(each) in NOT_IN_A_LINE for each in value)


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or read_moment(value) is not None


def _is_glob(value: object) -> bool:
    return not isinstance(value, str) or bool(Glob.parse(value))


def _is_base64url(value: object) -> bool:
    return not isinstance(value, str) or decode_base64url(value) is not None


def decode_base64url(text: str) -> bytes:
    """The bytes that ``text`` spells (RFC 4648 §5); its padding may be left out. Raises ValueError."""
    bare = text.rstrip("=")
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def encode_base64url(data: bytes) -> str:
    """``data`` in base64url, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
