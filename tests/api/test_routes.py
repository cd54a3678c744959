"""The paths that users and tests rely on (DESIGN §2), and that each thing the API describes is answered by someone."""

from __future__ import annotations

from collab.api import HANDLERS, Description, routes
from collab.config import Settings


def test_the_paths_of_the_page() -> None:
    assert {(route.method, route.path) for route in routes() if route.method != "*"} == {
        ("GET", "/"),
        ("GET", "/documents/{name:(?s:.*)}"),
        ("GET", "/s/{token}"),
        ("GET", "/assets/{file}"),
        ("GET", "/sw.js"),
    }


def test_every_operation_has_a_handler_and_every_handler_an_operation() -> None:
    operations = [operation.id for operation in Description.load(Settings.load()).operations]
    assert len(operations) == len(set(operations))
    assert set(HANDLERS) == set(operations)


def test_every_path_of_the_description_comes_to_it() -> None:
    """Whatever method: what is not done there is refused by the description, not by the router."""
    fixed = {route.path for route in routes() if route.method == "*"} - {"/api/{path:(?s:.*)}"}
    templates = {endpoint.template for endpoint in Description.load(Settings.load()).endpoints}
    assert {template for template in templates if not template.startswith("/api/")} == fixed
