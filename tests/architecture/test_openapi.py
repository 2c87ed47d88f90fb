"""The committed OpenAPI document is what the routes say today."""

import json
from pathlib import Path

from api.document import document, text

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"


def test_the_committed_document_has_not_drifted() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == text(), "run: make openapi"


def test_every_operation_says_its_verb_and_answers_problems() -> None:
    operations = [
        (path, method, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "put", "post", "delete", "patch"}
    ]
    assert operations
    assert [(path, method) for path, method, each in operations if "x-casquillo-verb" not in each] == []


def test_the_document_names_no_machine() -> None:
    assert "127.0.0.1" not in json.dumps(document())
    assert document()["servers"] == [{"url": "/"}]
