import re

from aiohttp import web
from pydantic import BaseModel

from desk import models
from tests.unit.desk.desk_rig import Browser


def routes(app: web.Application) -> set[tuple[str, str]]:
    return {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if not isinstance(route.resource, web.StaticResource)
    }


async def test_given_the_document_when_compared_with_the_routes_then_they_agree(
    browser: Browser,
) -> None:
    status, document = await browser.get("/api/v1/openapi.json")
    assert status == 200
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == routes(browser.app)


async def test_given_the_contract_when_the_document_is_read_then_all_of_it_is_there(browser: Browser) -> None:
    _, document = await browser.get("/api/v1/openapi.json")
    for path in (
        "live",
        *(f"seats/{{seat}}/{action}" for action in ("login", "logout", "ready", "break", "end-wrap-up")),
        *("calls", "calls/{call}", "reports/month/{month}", "reports/day/{date}"),
        *("events", "healthz", "readyz", "metrics"),
    ):
        assert f"/api/v1/{path}" in document["paths"]


async def test_given_the_document_when_its_references_are_followed_then_each_leads_somewhere(
    browser: Browser,
) -> None:
    _, document = await browser.get("/api/v1/openapi.json")
    references = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert references == set(document["components"]["schemas"])


async def test_given_the_document_when_operations_are_read_then_each_is_complete(browser: Browser) -> None:
    _, document = await browser.get("/api/v1/openapi.json")
    names = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["summary"], path
            told = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert told == set(re.findall(r"{(\w+)}", path))
            assert ("401" in operation["responses"]) is ("security" not in operation), (method, path)
    assert len(names) == len(set(names))


def test_given_the_models_when_read_then_each_refuses_what_it_does_not_know() -> None:
    for model in vars(models).values():
        if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel:
            assert model.model_config["extra"] == "forbid", model
            assert model.__doc__
