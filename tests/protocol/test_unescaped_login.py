"""Which URLs have a password with a sign in it that ends the host, and which have an @ in the path."""

import pytest

from davlock.errors import LocalProtocolError
from davlock.protocol.unescaped_login import refuse_unescaped_login

CUT = (
    "http://alice:p@ss/word@127.0.0.1:41715/",
    "http://alice:1234/56@127.0.0.1:41715/",
    "http://alice:pa/s/s@nas/x",
    "dav://alice:pa?ss@nas/",
    "http://alice:pa#ss@nas/",
    "https://alice:p@ss/word@dav.example/x",
    "https://alice:p@ss/wo/rd@dav.example:8443/x",
    "https://alice:p@ss.word/x@127.0.0.1:80/",
    "https://alice:p@ss?word@nas/",
    "https://alice:p@s!s/word@nas/",
    "https://alice:12?34@dav.example/",
    "https://alice:99999/56@nas/",
    "https://alice:/secret@nas/x",
    "https://alice:@/secret@nas/x",
    "https://alice:p@ss/w@o/rd@127.0.0.1:80/x@y",
    "https://alice:p@ss/word@[::1]/",
)

ORDINARY = (
    "https://host/files/user@example.com/a.txt",
    "https://alice@host/x@y",
    "http://host:8080/a@b/",
    "http://radicale:5232/alice@example.com/cal/",
    "http://admin:admin@nextcloud/remote.php/dav/files/user@example.com/",
    "https://alice:pw@cloud.example/bob@example.com/x",
    "https://alice:pw@cloud.example?mail=a@b",
    "http://alice:alice@127.0.0.1:8080/bob@localhost/",
    "http://u:p@h/a@b",
    "http://u:p@h:80/a@b.example",
    "http://nas:5005/backups/root@10.0.0.1/",
    "http://nas:5005/admin@localhost/",
    "http://nas.local:5005/x@10.0.0.1/",
    "http://127.0.0.1:8080/x@10.0.0.1:80/",
    "http://[fe80::1%eth0]:8080/x@y:80",
    "https://alice%40example.com:p%2Fw@dav.example/files/alice@example.com/",
    "https://alice:pä@dav.example/",
)


@pytest.mark.parametrize("url", CUT)
def test_a_password_that_ends_the_host_is_refused(url: str) -> None:
    with pytest.raises(LocalProtocolError, match=r"looks like a password.*, or use -u alice$"):
        refuse_unescaped_login(url, instead="use -u {user}")


@pytest.mark.parametrize("url", ORDINARY)
def test_an_ordinary_url_passes(url: str) -> None:
    refuse_unescaped_login(url, instead="")


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("https://alice@example.com:p/w@dav.example/", "alice@example.com"),
        ("https://alice%40example.com:p/w@dav.example/", "alice@example.com"),
        ("https://CORP\\alice:p/w@nas/", "USER"),
        ("https://alice:p[w@nas/", "alice"),
        ("https://alice:p[w]x@nas/", "alice"),
        ("https://alice:p\uff0fw@nas/", "alice"),
    ],
)
def test_only_the_user_is_quoted(url: str, user: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        refuse_unescaped_login(url, instead="-u {user}")
    assert refused.value.hint.endswith(f", or -u {user}")
    assert "p[w" not in str(refused.value)
