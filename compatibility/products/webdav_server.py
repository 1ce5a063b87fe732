"""webdav-server, with two users of its own user manager."""

from pathlib import Path
from string import Template

from compatibility.candidate import Break, Candidate, npm
from tests.servers.accounts import REALM, USERS
from tests.servers.product import Setup

_SERVER = Template("""\
const { v2 } = require('webdav-server');
const users = new v2.SimpleUserManager();
const rights = new v2.SimplePathPrivilegeManager();
for (const [name, password] of Object.entries({ $users }))
  rights.setRights(users.addUser(name, password, false), '/', ['all']);
const server = new v2.WebDAVServer({
  hostname: '127.0.0.1',
  port: $port,
  requireAuthentification: true,
  httpAuthentication: new v2.HTTPBasicAuthentication(users, '$realm'),
  privilegeManager: rights,
});
server.setFileSystem('/', new v2.PhysicalFileSystem('$root'), () => server.start());
""")


def _serve(setup: Setup, installed: Path) -> list[str]:
    users = ", ".join(f"'{user}': '{password}'" for user, password in USERS.items())
    text = _SERVER.substitute(users=users, realm=REALM, root=setup.root, port=setup.port)
    # A module finds its packages beside itself.
    server = installed / f"server-{setup.port}.js"
    server.write_text(text, encoding="utf-8")
    return ["node", str(server)]


CANDIDATE = Candidate(
    name="webdav-server",
    title="webdav-server",
    source=npm("webdav-server"),
    serve=_serve,
    start="node server.js   # v2.WebDAVServer with PhysicalFileSystem and HTTPBasicAuthentication",
    see="The locks are in the memory of the program. `davlock locks -r` is the only list.",
    breaks=Break(words="Restart the program. This ends **all** locks.", stop=True),
    avoid=("`If: (<token>)` without a URL: it crashes webdav-server 2.6.3. Send `If: <URL> (<token>)`.",),
)
