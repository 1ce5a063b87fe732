"""What is printed is what the shipped schema says."""

import json
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from davlock.render.schema import schema, schema_text
from tests.cli.command import run

GOLDEN = Path(__file__).parent.parent / "cli" / "golden"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_it_is_shipped_as_it_is_made() -> None:
    """``make docs`` writes it anew."""
    assert resources.files("davlock.render").joinpath("davlock-1.schema.json").read_text("utf-8") == schema_text()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_documents(path: Path) -> None:
    Draft202012Validator(schema()).validate(json.loads(path.read_text("utf-8")))


def test_a_renamed_key_is_noticed() -> None:
    document = json.loads(next(iter(sorted(GOLDEN.glob("*.json")))).read_text("utf-8"))
    document["results"][0]["conclusion"] = document["results"][0].pop("verdict")
    assert not Draft202012Validator(schema()).is_valid(document)


@pytest.mark.parametrize(
    ("arguments", "key", "nested"),
    [
        (("--formats",), "shapes", "title"),
        (("remote: 'a.umap' is locked in Git LFS by ida",), "mentions", "meaning"),
    ],
)
def test_lists_of_explain(arguments: tuple[str, ...], key: str, nested: str) -> None:
    document = json.loads(run("explain", *arguments, "--format", "json").out)
    validator = Draft202012Validator(schema())
    validator.validate(document)
    entries = document["results"][0][key]
    assert entries
    del entries[0][nested]
    assert not validator.is_valid(document)
