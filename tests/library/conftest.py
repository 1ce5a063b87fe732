"""Fixtures of the library's tests."""

from tests.cli.conftest import make_file as make_file
from tests.transport.conftest import certificate as certificate
from tests.transport.conftest import serve as serve
