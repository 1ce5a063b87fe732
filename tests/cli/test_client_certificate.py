"""A server that wants a certificate of the client: PEM and PKCS#12, with and without a password."""

import importlib.util
import os
import shlex
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import Done, run
from tests.conftest import ServerFor
from tests.servers import Server

PASSWORD = "s3cret-of-the-key"


class Guarded:
    """A file on an Apache that demands a certificate, and the files of one that it accepts."""

    def __init__(self, server: Server, above: str, made: Path) -> None:
        private = server.root.parent / "private"
        (server.path(above) / "a.txt").write_bytes(b"x")
        self.port = int((private / "client-port").read_text())
        self.url = f"https://dav.example:{self.port}/{above.removeprefix(server.url)}a.txt"
        self.cacert = str(private / "cert.pem")
        self.cert, self.key = (str(private / "client" / name) for name in ("cert.pem", "key.pem"))
        self.locked, self.p12, self.open_p12 = (str(made / name) for name in ("locked.pem", "c.p12", "open.pfx"))
        _openssl("pkcs8", "-topk8", "-in", self.key, "-out", self.locked, "-passout", f"pass:{PASSWORD}")
        export = ("pkcs12", "-export", "-in", self.cert, "-inkey", self.key)
        _openssl(*export, "-out", self.p12, "-passout", f"pass:{PASSWORD}")
        _openssl(*export, "-out", self.open_p12, "-passout", "pass:")

    def run(self, verb: str, *arguments: str, env: dict[str, str] | None = None) -> Done:
        reach = ("--cacert", self.cacert, "--resolve", f"dav.example:{self.port}:127.0.0.1")
        return run(verb, *reach, *(getattr(self, word, word) for word in arguments), self.url, env=env)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture
def guarded(server_for: ServerFor, folder: Callable[[Server], str], tmp_path: Path) -> Guarded:
    server = server_for("apache", variant="tls")
    return Guarded(server, folder(server), tmp_path)


def test_every_form_of_a_certificate(guarded: Guarded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What lies on the disk for OpenSSL is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "passing"))
    (tmp_path / "passing").mkdir()
    for words in (
        ("--cert", "cert", "--key", "key"),
        ("--cert", "cert", "--key", "locked", "--pass", PASSWORD),
        ("--cert", "p12", "--pass", PASSWORD),
        ("--cert", "p12", "--cert-type", "P12", "--pass", PASSWORD),
        ("--cert", "open_p12"),
    ):
        done = guarded.run("locks", *words)
        assert (done.code, done.err) == (0, ""), words
    assert guarded.run("locks", "--cert", "p12", env={"DAVLOCK_PASS": PASSWORD}).code == 0
    assert os.listdir(tmp_path / "passing") == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "certificate required); give a client certificate with --cert FILE"),
        (("--cert", "p12"), "there is no password for the key in {p12}: there is no terminal for the question; set"),
        (("--cert", "cert", "--key", "locked"), "there is no password for the key in {locked}: there is no terminal"),
        (("--cert", "p12", "--pass", "wrong"), "{p12}: cannot read PKCS#12: wrong password, or a damaged file; give"),
        (("--cert", "cert", "--key", "locked", "--pass", "wrong"), "cannot read a certificate and key ("),
        (("--cert", "p12", "--pass", PASSWORD, "--key", "key"), "{p12} is PKCS#12 and has its key in it; leave out"),
        (("--cert", "p12", "--cert-type", "PEM"), "{p12} is PKCS#12; leave out --cert-type"),
        (("--cert", "cert", "--key", "key", "--cert-type", "P12"), "{cert} is not PKCS#12; leave out --cert-type"),
    ],
)
def test_a_certificate_that_does_not_help_is_one_line(guarded: Guarded, words: tuple[str, ...], why: str) -> None:
    done = guarded.run("locks", *words)
    assert done.code in (2, 5)
    assert why.format(**vars(guarded)) in done.err
    assert done.err.count("\n") == 1


def test_a_missing_package_is_named_with_the_command(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    present = importlib.util.find_spec
    monkeypatch.setattr(
        "davlock.cli.install_hint.find_spec", lambda name: None if name == "cryptography" else present(name)
    )
    done = guarded.run("locks", "--cert", "p12", "--pass", PASSWORD)
    assert done.code == 2
    assert "needs the Python package cryptography; install it: " in done.err
    assert done.err.count("\n") == 1


def test_the_password_of_the_key_is_never_printed(guarded: Guarded) -> None:
    """And the certificate is in the commands that davlock prints."""
    taken = guarded.run("lock", "--no-ledger", "--cert", "p12", "--pass", PASSWORD)
    assert taken.code == 0, taken.err
    done = guarded.run("diagnose", "--no-ledger", "-v", "--why", "--json", "--cert", "p12", "--pass", PASSWORD)
    assert PASSWORD not in done.out + done.err
    commands = [
        remedy["command"] for finding in done.result["findings"] for remedy in finding["remedies"] if remedy["command"]
    ]
    assert any(f"--cert {guarded.p12}" in shlex.join(command) for command in commands)


def test_a_bundle_does_not_have_the_password_of_the_key(guarded: Guarded, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    assert guarded.run("diagnose", "--bundle", str(bundle), "--cert", "p12", "--pass", PASSWORD).code == 0
    with zipfile.ZipFile(bundle) as content:
        assert all(PASSWORD.encode() not in content.read(name) for name in content.namelist())
