"""Fixtures of the library's tests."""

from tests.cli.conftest import make_file as make_file
