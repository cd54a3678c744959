"""The description is sound, complete, and what the server goes by."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from collab import __version__, errors
from collab.api import description as description_module
from collab.api.checks import Check
from collab.api.description import Description, read_document
from collab.auth import Action
from collab.config import Settings
from collab.errors import CollabError, InvalidRequest
from tests.parts import ROOT

CODES = {
    thing.code: thing for _, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, CollabError)
}

NEVER_OVER_HTTP = {
    "access",  # roots of branches, which are not raised themselves
    "bad-input",
    "limit-exceeded",
    "configuration",  # ends a start
    "malformed-awareness",  # sockets only
    "malformed-message",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return read_document()


@pytest.fixture(scope="module")
def description() -> Description:
    return Description.load(Settings.load())


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the description."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                yield path, method, item[method]


def answers(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The answers of an operation by status, with what they refer to."""
    shared = document["components"]["responses"]
    return {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }


def codes_of(answer: dict[str, Any]) -> list[str]:
    schema = answer.get("content", {}).get("application/problem+json", {}).get("schema", {})
    return schema["allOf"][1]["properties"]["code"]["enum"] if schema else []


def test_it_is_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == __version__
    OPENAPI_31_VALIDATOR.validate(document)


def test_every_reference_leads_somewhere_and_everything_is_referred_to(document: dict[str, Any]) -> None:
    referred = {node["$ref"] for node in walk(document) if "$ref" in node}
    there = {
        f"#/components/{kind}/{name}"
        for kind, things in document["components"].items()
        for name in things
        if kind != "securitySchemes"
    }
    assert referred - there == set()
    assert there - referred == {"#/components/responses/MethodNotAllowed"}, "which belongs to no operation"


def test_everything_is_said_in_words(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert len(operation["summary"]) < 80, (path, method)
        assert operation["tags"]
        for parameter in operation.get("parameters", []):
            assert "$ref" in parameter or parameter["description"].endswith("."), (path, parameter)
    for parameter in document["components"]["parameters"].values():
        assert parameter["description"].endswith(".")
    for answer in document["components"]["responses"].values():
        assert answer["description"].endswith(".")


def test_every_code_is_one_of_ours_with_its_status(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for status, answer in answers(document, operation).items():
            assert bool(codes_of(answer)) == (status >= "400"), (path, method, status)
            assert [code for code in codes_of(answer) if str(CODES[code].status) != status] == [], (path, method)


def test_every_code_that_can_come_is_described(document: dict[str, Any]) -> None:
    described = {code for answer in document["components"]["responses"].values() for code in codes_of(answer)}
    assert described == set(CODES) - NEVER_OVER_HTTP


def test_every_operation_says_what_it_may_fail_with(document: dict[str, Any]) -> None:
    """What the dispatch and the middleware may answer for any operation of its kind."""
    for path, method, operation in operations(document):
        expected = {"400", "500"}
        if operation.get("security", [{}]) != []:
            expected.add("401")
        if "x-needs" in operation:
            expected.add("403")
        if "requestBody" in operation:
            expected |= {"408", "413", "415"}
        assert expected <= set(operation["responses"]), (path, method)


def test_patterns_are_anchored(document: dict[str, Any]) -> None:
    for node in walk(document):
        if isinstance(node.get("pattern"), str):
            assert node["pattern"][0] == "^"
            assert node["pattern"][-1] == "$"
            re.compile(node["pattern"])


def test_no_parameter_brings_the_database_a_nul(document: dict[str, Any]) -> None:
    """PostgreSQL has no text with a NUL in it, and would be taken for unavailable. The root's name stays in memory."""
    inline = [each for _, _, operation in operations(document) for each in operation.get("parameters", ())]
    parameters = [each for each in (*inline, *document["components"]["parameters"].values()) if "$ref" not in each]
    for parameter in parameters:
        schema = parameter["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if schema["type"] == "string" and not {"pattern", "enum"} & set(schema) and parameter["name"] != "root":
            with pytest.raises(CollabError):
                Check(schema, "/query/it")("v-\0")


def test_operations_are_found_by_the_path_as_it_came(description: Description) -> None:
    for path, template, name in (
        ("/healthz", "/healthz", None),
        ("/api/v1/documents", "/api/v1/documents", None),
        ("/api/v1/documents/a", "/api/v1/documents/{name}", "a"),
        ("/api/v1/documents/", "/api/v1/documents/{name}", ""),
        ("/api/v1/documents/a/b", "/api/v1/documents/{name}", "a/b"),
        ("/api/v1/documents/state", "/api/v1/documents/{name}", "state"),
        ("/api/v1/documents/a/state", "/api/v1/documents/{name}/state", "a"),
        ("/api/v1/documents/a%2Fstate", "/api/v1/documents/{name}", "a%2Fstate"),
        ("/api/v1/documents/a/%73tate", "/api/v1/documents/{name}", "a/%73tate"),
        ("/api/v1/documents/a/state/restore", "/api/v1/documents/{name}/restore", "a/state"),
        ("/api/v1/documents//state", "/api/v1/documents/{name}/state", ""),
        ("/api/v1/documents/a\nb/state", "/api/v1/documents/{name}/state", "a\nb"),
    ):
        found = description.find(path)
        assert found is not None, path
        assert (found[0].template, found[1].get("name")) == (template, name)
    for path in ("/", "/api/v1", "/api/v1/", "/api/v1/session/", "/API/v1/session", "/api/v2/documents", "/healthz/"):
        assert description.find(path) is None, path


def test_what_stands_in_a_path_besides_a_name_is_one_segment() -> None:
    document = read_document()
    answers = {"200": {"$ref": "#/components/responses/Well"}}
    word = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    document["paths"]["/api/v1/documents/{name}/things/{id}"] = {
        "get": {"operationId": "getThing", "parameters": [word], "responses": answers}
    }
    description = Description(document, Settings.load())
    found = description.find("/api/v1/documents/a/b/things/%31%32")
    assert found is not None
    endpoint, raw = found
    assert endpoint.template == "/api/v1/documents/{name}/things/{id}"
    assert raw == {"name": "a/b", "id": "%31%32"}
    operation = endpoint.operations["GET"]
    assert operation.read_path(raw) == {"id": 12}
    for wrong in ("", "x", "0", "%ff"):
        with pytest.raises(InvalidRequest) as refused:
            operation.read_path({"name": "a", "id": wrong})
        assert refused.value.where == "/path/id"
    beyond = description.find("/api/v1/documents/a/things/1/2")
    assert beyond is not None
    assert beyond[0].template == "/api/v1/documents/{name}"


def test_nothing_is_described_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in description_module.FOLDER.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "twice.yaml").write_text("paths: { /healthz: { get: { operationId: again } } }")
    monkeypatch.setattr(description_module, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="described twice"):
        read_document()


def test_the_query_is_read_by_its_types(description: Description) -> None:
    (operation,) = (each for each in description.operations if each.id == "listDocuments")
    assert operation.read_query("") == {
        "q": None,
        "deleted": False,
        "scope": "all",
        "sort": "name",
        "limit": 50,
        "cursor": None,
    }
    read = operation.read_query("limit=7&deleted=true&q=a+b%2B%C3%A9&sort=modified&")
    assert (read["limit"], read["deleted"], read["q"], read["sort"]) == (7, True, "a b+é", "modified")


@pytest.mark.parametrize(
    ("query", "where", "detail"),
    [
        ("nothing=1", "/query", "unknown query parameter; here is `q`, `deleted`, `scope`, `sort`, `limit`, `cursor`"),
        ("LIMIT=1", "/query", "unknown"),
        ("limit", "/query/limit", "not a whole number"),
        ("limit=", "/query/limit", "not a whole number"),
        ("limit=0", "/query/limit", "less than 1"),
        ("limit=201", "/query/limit", "more than 200"),
        ("limit=1.0", "/query/limit", "not a whole number"),
        ("limit=+1", "/query/limit", "not a whole number"),
        ("limit=1_0", "/query/limit", "not a whole number"),
        ("limit=%D9%A1", "/query/limit", "not a whole number"),
        (f"limit={'9' * 5000}", "/query/limit", "not a whole number"),
        ("limit=1&limit=1", "/query/limit", "comes twice"),
        ("deleted=1", "/query/deleted", "not true or false"),
        ("deleted=True", "/query/deleted", "not true or false"),
        ("sort=size", "/query/sort", "not one of name, modified"),
        (f"q={'x' * 256}", "/query/q", "more than 255"),
        ("q=%00", "/query/q", "one line"),
        ("q=%FF", "/query", "not UTF-8"),
        ("%FF=1", "/query", "not UTF-8"),
        ("cursor=", "/query/cursor", "is empty"),
        ("cursor=!", "/query/cursor", "not as described"),
    ],
)
def test_what_is_wrong_with_a_query(description: Description, query: str, where: str, detail: str) -> None:
    (operation,) = (each for each in description.operations if each.id == "listDocuments")
    with pytest.raises(InvalidRequest, match=detail) as raised:
        operation.read_query(query)
    assert raised.value.where == where


def test_the_limit_of_updates_is_that_of_messages() -> None:
    description = Description.load(Settings.load(max_message_bytes=1234))
    bodies = {each.id: each.bodies for each in description.operations}
    body = bodies["submitUpdate"]["application/octet-stream"]
    assert (body.limit, body.setting) == (1234, "max_message_bytes")
    assert bodies["createDocument"]["application/json"].limit == 16384
    assert bodies["deleteDocument"] == {}


def test_the_readme_holds_every_operation() -> None:
    """Its table names what is under ``/api/v1``, each call once, and nothing else."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("| under `/api/v1` |")[2].partition("\n\n")[0]
    shown = []
    for row in table.splitlines()[2:]:
        methods: list[str] = []
        for word in re.findall(r"GET|POST|PUT|PATCH|DELETE|/[\w{}/-]+", row.split("|")[1]):
            if word.startswith("/"):
                shown += [(method, f"/api/v1{word}") for method in methods]
                methods = []
            else:
                methods.append(word)
    described = [
        (method.upper(), path)
        for path, item in read_document()["paths"].items()
        if path.startswith("/api/v1/") and path != "/api/v1/openapi.json"  # which the text names
        for method in item
        if method != "parameters"
    ]
    assert sorted(shown) == sorted(described)


def test_who_may_ask(description: Description) -> None:
    open_to_all = {each.id for each in description.operations if not each.authenticated}
    assert open_to_all == {
        "openSession",
        "lookAtShare",
        "openShare",
        "getDescription",
        "checkHealth",
        "checkReadiness",
        "readMetrics",
    }
    needs = {each.id: each.needs for each in description.operations if each.needs is not None}
    assert needs == {
        "getDocument": Action.READ,
        "readState": Action.READ,
        "readContent": Action.READ,
        "listSittings": Action.LOOK_BACK,
        "listSteps": Action.LOOK_BACK,
        "listAuthors": Action.LOOK_BACK,
        "listVersions": Action.LOOK_BACK,
        "getVersion": Action.LOOK_BACK,
        "readVersionState": Action.LOOK_BACK,
        "readVersionContent": Action.LOOK_BACK,
        "createVersion": Action.WRITE,
        "renameVersion": Action.WRITE,
        "removeVersion": Action.WRITE,
        "listPeople": Action.READ,
        "changeDocument": Action.WRITE,
        "submitUpdate": Action.WRITE,
        "readDifference": Action.LOOK_BACK,
        "goBack": Action.WRITE,
        "restoreVersion": Action.WRITE,
        "deleteDocument": Action.MANAGE,
        "listShares": Action.MANAGE,
        "createShare": Action.MANAGE,
        "changeShare": Action.MANAGE,
        "revokeShare": Action.MANAGE,
        "listAccess": Action.MANAGE,
        "listGrants": Action.MANAGE,
        "setGrant": Action.MANAGE,
        "removeGrant": Action.MANAGE,
        "restoreDocument": Action.MANAGE,
    }
