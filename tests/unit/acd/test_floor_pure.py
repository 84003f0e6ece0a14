"""The floor knows nobody: no clock, no chance, no network, none of our other packages."""

import ast
from pathlib import Path

import pytest

import acd

ALLOWED = {"acd", "bisect", "collections", "dataclasses", "enum", "operator", "typing"}
FILES = sorted(Path(acd.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_given_a_file_of_the_floor_when_its_imports_are_read_then_all_are_pure(file):
    imported = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert imported <= ALLOWED


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_given_a_file_of_the_floor_when_its_calls_are_read_then_none_reaches_outside(file):
    names = {n.id for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(n, ast.Name)}
    assert not names & {"open", "print", "input", "exec", "eval", "__import__", "globals"}
