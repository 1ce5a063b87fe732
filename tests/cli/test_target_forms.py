"""Targets as people have them become the URLs that they mean, or an answer that says what is missing."""

from contextlib import suppress
from pathlib import Path

import pytest

from davlock.cli.target_forms import mounts
from davlock.cli.target_forms.understand import understand
from davlock.errors import LocalProtocolError

SHAREPOINT = "https://acme.sharepoint.com"
SPACE = "e4a0c375-2fb6-4fc6-af92-ac4b95c18ce1%24596fbe56-16a5-41fd-a1a0-96b7e392435e"


def alice(url: str) -> str:
    return "alice"


def nobody(url: str) -> str:
    return ""


EXACT = (
    # file managers, office programs
    ("dav://dav.example/team/a.odt", "http://dav.example/team/a.odt"),
    ("DAVS://dav.example:8443/a%20b", "https://dav.example:8443/a%20b"),
    ("dav://alice@dav.example/x", "http://alice@dav.example/x"),
    ("davs:///dav.example/x", "https://dav.example/x"),
    ("webdav://dav.example/x", "http://dav.example/x"),
    ("webdavs://dav.example/", "https://dav.example/"),
    ("davs://[fe80::1%25eth0]:8443/x", "https://[fe80::1%25eth0]:8443/x"),
    ("vnd.sun.star.webdavs://dav.example/a.odt", "https://dav.example/a.odt"),
    ("ms-word:ofe|u|https://dav.example/a.docx", "https://dav.example/a.docx"),
    ("ms-excel:ofv|u|http://dav.example/a.xlsx|x|y", "http://dav.example/a.xlsx"),
    ("vnd.libreoffice.command:ofe|u|https://dav.example/a.odt", "https://dav.example/a.odt"),
    (f"ms-word:ofe|u|{SHAREPOINT}/:w:/r/sites/T/a.docx?d=w1", f"{SHAREPOINT}/sites/T/a.docx"),
    # slashes
    ("http:/dav.example/x", "http://dav.example/x"),
    ("https:dav.example/x", "https://dav.example/x"),
    ("HTTPS:/u:secret@dav.example/x", "https://u:secret@dav.example/x"),
    ("https:///dav.example/x", "https://dav.example/x"),
    ("https:////dav.example//x", "https://dav.example//x"),
    (r"https:\\dav.example\team\a", "https://dav.example/team/a"),
    ("https://https://dav.example/x", "https://dav.example/x"),
    ("<https://dav.example/x>", "https://dav.example/x"),
    ("<URL:http://dav.example/x>", "http://dav.example/x"),
    # Windows: as it is, between double quotes in a shell, as code has it, and with slashes
    (r"\\dav.example@SSL@8443\DavWWWRoot\team\a b.odt", "https://dav.example:8443/team/a%20b.odt"),
    (r"\dav.example@SSL@8443\DavWWWRoot\team\a b.odt", "https://dav.example:8443/team/a%20b.odt"),
    (r"\\\\dav.example@SSL\\DavWWWRoot\\a.odt", "https://dav.example/a.odt"),
    (r"\\dav.example@SSL\DavWWWRoot", "https://dav.example/"),
    (r"\\dav.example@SSL\dav\50%.odt", "https://dav.example/dav/50%25.odt"),
    (r"\\dav.example@8080\dav\a.odt", "http://dav.example:8080/dav/a.odt"),
    (r"dav.example@SSL\DavWWWRoot\a.odt", "https://dav.example/a.odt"),
    ("//dav.example@SSL/DavWWWRoot/a.odt", "https://dav.example/a.odt"),
    ("//dav.example@SSL/DavWWWRoot\\a.odt", "https://dav.example/a.odt"),
    ("file://dav.example@SSL/DavWWWRoot/a%20b", "https://dav.example/a%20b"),
    ("file:////dav.example@ssl@8443/DavWWWRoot/a", "https://dav.example:8443/a"),
    (r"\\?\UNC\dav.example@SSL\DavWWWRoot\a", "https://dav.example/a"),
    (r"\\fe80--1s4.ipv6-literal.net@SSL\dav", "https://[fe80::1%254]/dav"),
    (r"\dav.example@SSL@8443DavWWWRoot", "https://dav.example:8443/"),  # unquoted in a shell: no name is lost
    # SharePoint
    (
        f"{SHAREPOINT}/:w:/r/sites/T/Shared%20Documents/a.docx?d=w12&csf=1",
        f"{SHAREPOINT}/sites/T/Shared%20Documents/a.docx",
    ),
    (
        f"{SHAREPOINT}/:f:/r/personal/al_acme_com/Documents/x?csf=1&web=1",
        f"{SHAREPOINT}/personal/al_acme_com/Documents/x",
    ),
    (
        f"{SHAREPOINT}/sites/T/Shared%20Documents/Forms/AllItems.aspx?id=%2Fsites%2FT%2FShared%20Documents%2Fs%5Fb&viewid=7",
        f"{SHAREPOINT}/sites/T/Shared%20Documents/s_b",
    ),
    (
        f"{SHAREPOINT}/sites/T/Docs/Forms/All%20Items.aspx?RootFolder=%2Fsites%2FT%2FDocs%2Fx",
        f"{SHAREPOINT}/sites/T/Docs/x",
    ),
    (f"{SHAREPOINT}/sites/T/Shared%20Documents/Forms/AllItems.aspx", f"{SHAREPOINT}/sites/T/Shared%20Documents"),
    (
        f"{SHAREPOINT}/personal/al/_layouts/15/onedrive.aspx?id=%2Fpersonal%2Fal%2FDocuments%2Fx&ga=1",
        f"{SHAREPOINT}/personal/al/Documents/x",
    ),
    (
        "https://sp.example/_layouts/15/WopiFrame.aspx?sourcedoc=/D/a%20b.docx&action=edit",
        "https://sp.example/D/a%20b.docx",
    ),
    (f"{SHAREPOINT}/sites/T/D/a.docx?web=1", f"{SHAREPOINT}/sites/T/D/a.docx"),
    # folders of the desktop
    (
        "/run/user/1000/gvfs/dav:host=c.example,ssl=true,user=al%40x,prefix=%2Fremote.php%2Fwebdav/a b.odt",
        "https://c.example/remote.php/webdav/a%20b.odt",
    ),
    ("/run/user/1000/gvfs/dav:host=dav.example,port=15005,ssl=false/x/50%", "http://dav.example:15005/x/50%25"),
    ("/home/al/.gvfs/dav:host=%5B%3A%3A1%5D,ssl=true/", "https://[::1]/"),
    ("file:///run/user/1000/gvfs/dav:host=dav.example,ssl=true/a%20b", "https://dav.example/a%20b"),
    ("/run/user/1000/kio-fuse-AbCdEf/webdavs/al@dav.example:8443/team/ä b", "https://dav.example:8443/team/%C3%A4%20b"),
    ("/run/user/1000/kio-fuse-AbCdEf/webdav/dav.example", "http://dav.example/"),
)

GUESSED = (
    # no scheme
    ("dav.example/team", "https://dav.example/team"),
    ("dav.example", "https://dav.example/"),
    ("//dav.example/x", "https://dav.example/x"),
    ("//nas/x", "https://nas/x"),
    ("dav.example:8443/x", "https://dav.example:8443/x"),
    ("nas:5006/x", "https://nas:5006/x"),
    ("dav.example:80/x", "http://dav.example:80/x"),
    ("alice@dav.example/x", "https://alice@dav.example/x"),
    ("alice:secret@dav.example/x", "https://alice:secret@dav.example/x"),
    ("alice:secret@127.0.0.1:8080/x", "http://alice:secret@127.0.0.1:8080/x"),
    ("localhost:8080/x?y", "http://localhost:8080/x?y"),
    ("127.0.0.1/x", "http://127.0.0.1/x"),
    ("127.0.0.1:443/x", "https://127.0.0.1:443/x"),
    ("[::1]:8080/x", "http://[::1]:8080/x"),
    ("192.0.2.7/x", "https://192.0.2.7/x"),
    ("bücher.example/x", "https://bücher.example/x"),
    ("http:80/x", "http://http:80/x"),  # a host called "http"
    ("http://https://dav.example/x", "https://dav.example/x"),
    # Nextcloud, ownCloud
    (
        "https://c.example/index.php/apps/files/?dir=/Team%20A&fileid=3",
        "https://c.example/remote.php/dav/files/alice/Team%20A",
    ),
    ("https://c.example/apps/files/files/33?dir=/T", "https://c.example/remote.php/dav/files/alice/T"),
    (
        "https://c.example/nc/apps/files/files/33?dir=/T&openfile=true",
        "https://c.example/nc/remote.php/dav/files/alice/T",
    ),
    ("https://c.example/index.php/apps/files", "https://c.example/remote.php/dav/files/alice/"),
    (
        "https://c.example/apps/files/?dir=/T&scrollto=a%2Bb.odt",
        "https://c.example/remote.php/dav/files/alice/T/a%2Bb.odt",
    ),
    ("https://c.example/nc/index.php/s/Ab12", "https://c.example/nc/public.php/dav/files/Ab12/"),
    ("https://c.example/s/AbCdEfGhIjKlMno?path=%2Fsub", "https://c.example/public.php/dav/files/AbCdEfGhIjKlMno/sub"),
    (
        "nc://open/al@c.example:8443/T/a%20b.odt?token=secret",
        "https://c.example:8443/remote.php/dav/files/al/T/a%20b.odt",
    ),
    (
        f"https://o.example/files/spaces/project/x/S%20E?fileId={SPACE}%21f4797d5b&sort-by=name",
        f"https://o.example/remote.php/dav/spaces/{SPACE}/S%20E",
    ),
    (
        f"https://o.example/external/project/x/S/a%20b.docx?app=Office&fileId={SPACE}%21f4-9d&contextRouteName=files-spaces-generic",
        f"https://o.example/remote.php/dav/spaces/{SPACE}/S/a%20b.docx",
    ),
    ("https://o.example/files/spaces/personal/bob/Docs", "https://o.example/remote.php/dav/files/bob/Docs"),
    ("https://o.example/#/files/spaces/personal/home/Docs", "https://o.example/remote.php/dav/files/alice/Docs"),
)


@pytest.mark.parametrize(
    ("typed", "url", "exact"), [*((*form, True) for form in EXACT), *((*form, False) for form in GUESSED)]
)
def test_a_form_is_understood(typed: str, url: str, exact: bool) -> None:
    understood = understand(typed, alice)
    assert understood is not None
    assert (understood.url, understood.exact) == (url, exact)
    assert "secret" not in understood.why


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (r"\dav.example@SSL@8443DavWWWRootteama.odt", "put it in single quotes"),
        ("dav.example@SSLDavWWWRoota.odt", "put it in single quotes"),
        (r"\\dav.example\DavWWWRoot\a b", "write https://dav.example/a%20b, or the same with http://"),
        ("//dav.example/DavWWWRoot/a", "write https://dav.example/a, or the same with http://"),
        (r"C:\Users\a.docx", "a path on a Windows drive"),
        ("file:///Z:/team/a.docx", "a path on a Windows drive"),
        ("https://c.example/index.php/f/123", "names a file by its number"),
        ("https://c.example/f/123", "write %66 for the f"),
        ("https://c.example/apps/files/files/123?openfile=true", "only by a number"),
        ("https://c.example/apps/files/favorites?dir=/", "shows a selection"),
        ("https://c.example/index.php/apps/files/?dir=/../../x", "has .. in the path"),
        (f"https://o.example/f/{SPACE}%21f4797d5b", "names a file by its id"),
        ("https://o.example/files/spaces/project/x/y", "does not say the id of its space"),
        (f"{SHAREPOINT}/:w:/s/Team/EaBcDe?e=4", "does not say the path"),
        (f"{SHAREPOINT}/:f:/g/personal/al/EaBcDe", "does not say the path"),
        (f"{SHAREPOINT}/sites/T/_layouts/15/Doc.aspx?sourcedoc=%7B4D-2%7D&file=a.docx", "the path of a.docx"),
        ("nc://login/server:https://c.example&user:al&password:secret", "only nc://open/"),
        ("/run/user/1000/gvfs/dav+sd:host=x/y", "gvfs found this server by itself"),
        ("file://server/share/a", "davlock does not speak file://"),
        ("file:///no/such/file", "/no/such/file is a local path, not a URL"),
        ("file:/no/such/file", "/no/such/file is a local path, not a URL"),
        ("~/dav/a.odt", "~/dav/a.odt is a local path, not a URL"),
        ("dav.example:team/report.odt", "dav.example: is neither a profile nor a scheme"),
        ("alice:secret/9@dav.example/a", "alice: is neither a profile nor a scheme"),
        ("alice:80/secret@dav.example/a", "an @ behind a slash"),
    ],
)
def test_what_only_the_person_can_know_is_named(typed: str, words: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        understand(typed, alice)
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_page_without_a_login_names_what_to_add() -> None:
    with pytest.raises(LocalProtocolError) as refused:
        understand("https://c.example/nc/index.php/apps/files/?dir=/T", nobody)
    assert refused.value.hint == "add -u LOGIN, or write https://c.example/nc/remote.php/dav/files/LOGIN/T"


@pytest.mark.parametrize(
    "typed",
    [
        "https://dav.example/team/a.odt",
        "https://dav.example/s/a.odt",
        "https://dav.example/%66/123",
        "http://dav.example/x/f/3",
        "http://dav.example/apps/files/",  # a folder may have that name
        "https://dav.example/files/x?web=1&page=2",
        "https://dav.example/external/project/x/a.docx",
        "https://c.example/remote.php/dav/files/alice/T",
        "https://u:se/cret@c.example/apps/files/?dir=/T",
        "http://[::1",
        "davs://[::1",
        "nas/team/a.odt",
        "report.odt",
        "ftp://dav.example/",
        "dav.example/" + "a" * 1_000_000,
        "\\" * 1_000_000,
        "",
    ],
)
def test_what_is_no_form_is_left_as_it_is(typed: str) -> None:
    assert understand(typed, alice) is None or "[" in typed


@pytest.mark.parametrize(
    "start",
    [
        "//",
        "\\",
        "dav.example@SSL",
        "a:",
        "https://c/index.php/",
        "https://h/:w:",
        "https://h/x?web=1&contextRouteName=/personal/",
        "<",
        "nc://",
    ],
)
@pytest.mark.parametrize("again", ["\\", "/", "@", "@SSL", ".", "%2e", "index.php/", "/:w:/", "?id=&", "a"])
def test_hostile_text_costs_no_time(start: str, again: str) -> None:
    """Up to the longest text that is read as a form at all. A pattern that goes back would never end."""
    with suppress(LocalProtocolError):
        understand((start + again * 65_536)[:65_536], alice)


MOUNTS = r"""proc /proc proc rw 0 0
https://dav.example/dav/ /mnt/dav fuse rw,nosuid,user_id=0 0 0
https://dav.example/team /mnt/dav/my\040team fuse.davfs rw 0 0
home:sub\040dir /mnt/rc fuse.rclone rw,nosuid,nodev,relatime,user_id=0,group_id=0 0 0
crypt: /mnt/crypt fuse.rclone rw 0 0
"""
"""As mount.davfs 1.6.1 and rclone 1.60 have it in /proc/self/mounts."""

RCLONE = """[home]
type = webdav
url = https://al@c.example/remote.php/dav/files/al
user = al
pass = secret-in-disguise

[crypt]
type = crypt
remote = home:x
"""


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mounts").write_text(MOUNTS)
    (tmp_path / "rclone.conf").write_text(RCLONE)
    (tmp_path / "link").symlink_to("/mnt/dav/my team")
    (tmp_path / "cloud").symlink_to("/run/user/1000/gvfs/dav:host=c.example,ssl=true,user=al")
    monkeypatch.setattr(mounts, "_MOUNTS", tmp_path / "mounts")
    monkeypatch.setenv("RCLONE_CONFIG", str(tmp_path / "rclone.conf"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "url", "user"),
    [
        ("/mnt/dav/a b.odt", "https://dav.example/dav/a%20b.odt", ""),
        ("/mnt/dav", "https://dav.example/dav/", ""),
        ("/mnt/dav/x/", "https://dav.example/dav/x/", ""),
        ("/mnt/dav/my team/x", "https://dav.example/team/x", ""),
        ("./link/x#1", "https://dav.example/team/x%231", ""),
        ("link", "https://dav.example/team/", ""),
        ("./cloud/x", "https://c.example/x", "al"),
        ("/mnt/rc/a.odt", "https://c.example/remote.php/dav/files/al/sub%20dir/a.odt", "al"),
    ],
)
def test_a_path_on_a_mount_becomes_its_url(mounted: Path, typed: str, url: str, user: str) -> None:
    understood = understand(typed, alice)
    assert understood is not None
    assert (understood.url, understood.exact, understood.user) == (url, True, user)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/mnt/davx", "/mnt/davx is a local path, not a URL; write https://HOST/PATH"),
        ("/mnt/crypt/x", "look for it with: rclone config show crypt"),
        ("mounts", "for an answer in a file: davlock explain mounts"),
    ],
)
def test_a_path_elsewhere_is_named(mounted: Path, typed: str, words: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        understand(typed, alice)
    assert words in str(refused.value)


def test_a_longer_path_than_any_file_has_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "_without_links", lambda path, remote: pytest.fail("looked for"))
    with pytest.raises(LocalProtocolError, match="is a local path, not a URL"):
        understand("/f/1" * 16_000, alice)


def test_an_encrypted_configuration_of_rclone_tells_nothing(mounted: Path) -> None:
    (mounted / "rclone.conf").write_bytes(b"# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nXXXX\xff")
    with pytest.raises(LocalProtocolError) as refused:
        understand("/mnt/rc/a.odt", alice)
    assert refused.value.hint == "look for it with: rclone config show home"
