"""What people have in place of a URL is named, with the URL to type."""

from pathlib import Path

import pytest

from davlock.cli import target_forms
from davlock.cli.target_forms import advice_for
from tests.cli.command import run


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dav://dav.example/team/a.odt", "http://dav.example/team/a.odt"),
        ("DAVS://dav.example:8443/a%20b", "https://dav.example:8443/a%20b"),
        ("webdavs://dav.example/", "https://dav.example/"),
        (r"\\dav.example@SSL@8443\DavWWWRoot\team\a b.odt", "https://dav.example:8443/team/a%20b.odt"),
        (r"\\dav.example@SSL\DavWWWRoot", "https://dav.example/"),
        (r"\\dav.example@8080\dav\a.odt", "http://dav.example:8080/dav/a.odt"),
        (r"\dav.example\dav\a.odt", "http://dav.example/dav/a.odt"),
        ("//dav.example@SSL/DavWWWRoot\\a.odt", "https://dav.example/a.odt"),
        (
            "https://c.example/index.php/apps/files/?dir=/Team%20A&fileid=3",
            "https://c.example/remote.php/dav/files/YOUR-LOGIN/Team%20A",
        ),
        (
            "https://u:secret@c.example/nc/apps/files/files/33?dir=/T&openfile=true",
            "https://c.example/nc/remote.php/dav/files/YOUR-LOGIN/T",
        ),
    ],
)
def test_the_url_that_is_meant_is_named(typed: str, meant: str) -> None:
    advice = advice_for(typed)
    assert advice is not None
    assert advice[1] == f"write {meant}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("http:/dav.example/x", "http://dav.example/x"),
        ("https:dav.example/x", "https://dav.example/x"),
        ("HTTPS:/u:secret@dav.example/x", "https://dav.example/x"),
    ],
)
def test_a_missing_slash_is_named(typed: str, meant: str) -> None:
    what, advice = advice_for(typed) or ("", "")
    assert "slash too few" in what
    assert advice == f"write {meant}"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("https://c.example/index.php/f/123", "file or folder"),
        ("https://c.example/nc/index.php/s/AbCdEfGhIjKlMno", "share"),
        ("https://c.example/s/AbCdEfGhIjKlMno", "share"),
    ],
)
def test_a_web_link_is_named_and_no_url_is_made_up(typed: str, kind: str) -> None:
    what, advice = advice_for(typed) or ("", "")
    assert f"web link of a {kind}" in what
    assert "http" not in advice


@pytest.mark.parametrize(
    "typed",
    [
        "https://dav.example/team/a.odt",
        "https://dav.example/s/a.odt",
        "http://dav.example/apps/files/",  # a folder may have that name
        "http://dav.example/f/3",
        "dav.example/team",
        "http://[::1",
        "",
    ],
)
def test_nothing_is_said_of_what_may_be_meant_as_it_stands(typed: str) -> None:
    assert advice_for(typed) is None


def test_no_password_is_repeated() -> None:
    done = run("diagnose", "davs://alice:sec/ret@dav.example/a")
    assert done.code == 2
    assert "sec" not in done.err
    assert "write https://dav.example/a" in done.err


def test_a_path_on_a_mount_becomes_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "proc /proc proc rw 0 0\n"
        "https://dav.example/dav/ /mnt/dav fuse rw,nosuid,user_id=0 0 0\n"
        "https://dav.example/team /mnt/dav/my\\040team fuse.davfs rw 0 0\n"
    )
    monkeypatch.setattr(target_forms, "_MOUNTS", mounts)
    assert advice_for("/mnt/dav/a b.odt") == (
        "/mnt/dav/a b.odt is on the mount of https://dav.example/dav/",
        "write https://dav.example/dav/a%20b.odt",
    )
    assert advice_for("/mnt/dav/my team/x") == (
        "/mnt/dav/my team/x is on the mount of https://dav.example/team",
        "write https://dav.example/team/x",
    )
    away = advice_for("/mnt/davx")
    assert away == ("/mnt/davx is a local path, not a URL", "write https://HOST/PATH")


def test_a_local_file_is_named_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answer.txt").touch()
    monkeypatch.chdir(tmp_path)
    for typed in ("answer.txt", "./answer.txt", str(tmp_path / "answer.txt")):
        done = run("locks", typed)
        assert done.code == 2
        assert f"for an answer in a file: davlock explain {typed}" in done.err
        assert "https://./" not in done.err


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (r"\dav.example@SSL@8443DavWWWRootp", "the shell removed its backslashes"),
        (r"C:\Users\a.docx", "a path on a Windows drive"),
        ("~/dav/a.odt", "~/dav/a.odt is a local path, not a URL"),
        ("file:///no/such/file", "/no/such/file is a local path, not a URL"),
        ("ftp://dav.example/", "davlock does not speak ftp://"),
    ],
)
def test_what_cannot_be_a_url_is_named(typed: str, words: str) -> None:
    done = run("diagnose", typed)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert words in done.err
