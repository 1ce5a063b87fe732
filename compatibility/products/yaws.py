"""Yaws, the web server in Erlang, with dav = true."""

from pathlib import Path
from string import Template

from compatibility.candidate import Break, Candidate, debian
from tests.servers.accounts import REALM, USERS
from tests.servers.product import Setup

_CONFIG = Template("""\
logdir = $private
ebin_dir = /usr/lib/yaws/ebin
<server localhost>
  port = $port
  listen = 127.0.0.1
  docroot = $root
  dav = true
  <auth>
    realm = $realm
    dir = /
$users
  </auth>
</server>
""")


def _serve(setup: Setup, installed: Path) -> list[str]:
    users = "\n".join(f"    user = {user}:{password}" for user, password in USERS.items())
    config = _CONFIG.substitute(
        private=setup.private, port=setup.port, root=setup.root, realm=REALM.replace(" ", "-"), users=users
    )
    conf = str(setup.write("yaws.conf", config))
    # Its shell would end with its input, which is empty here.
    return ["yaws", "--conf", conf, "--id", f"compat{setup.port}", "--erlarg", "-noshell -noinput"]


CANDIDATE = Candidate(
    name="yaws",
    title="Yaws",
    source=debian("yaws"),
    serve=_serve,
    start="""\
# in the server of yaws.conf: dav = true, and an <auth> for its users
systemctl restart yaws""",
    see="The locks are in the memory of Yaws. `davlock locks -r` is the only list.",
    breaks=Break(words="Restart Yaws. This ends **all** locks.", stop=True),
    unknown=(
        "Who holds a lock after its first renewal: Yaws then shows the owner `anonymous`.",
        "What else a lock covers: lockroot is a path on the server's disk.",
    ),
    avoid=(
        "Owners beyond Latin-1, such as 李雷: LOCK breaks off, the file stays locked, and nobody sees who locked it.",
    ),
)
