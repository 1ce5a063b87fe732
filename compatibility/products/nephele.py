"""Nephele, with an authenticator of some lines for two users."""

from pathlib import Path
from string import Template

from compatibility.candidate import Break, Candidate, npm
from tests.servers.accounts import REALM, USERS
from tests.servers.product import Setup

_SERVER = Template("""\
import express from 'express';
import nephele, { UnauthorizedError } from 'nephele';
import FileSystem from '@nephele/adapter-file-system';

const passwords = { $users };
const authenticator = {
  async authenticate(request, response) {
    const [, code] = (request.headers.authorization ?? '').split(' ');
    const [username, password] = Buffer.from(code ?? '', 'base64').toString().split(':');
    if (!(username in passwords) || passwords[username] !== password) {
      response.setHeader('WWW-Authenticate', 'Basic realm="$realm"');
      throw new UnauthorizedError('Who are you?');
    }
    return { username };
  },
  async cleanAuthentication() {},
};
const app = express();
app.use('/', nephele({ adapter: new FileSystem({ root: '$root' }), authenticator }));
app.listen($port, '127.0.0.1');
""")


def _serve(setup: Setup, installed: Path) -> list[str]:
    users = ", ".join(f"'{user}': '{password}'" for user, password in USERS.items())
    text = _SERVER.substitute(users=users, realm=REALM, root=setup.root, port=setup.port)
    # A module finds its packages beside itself.
    server = installed / f"server-{setup.port}.mjs"
    server.write_text(text, encoding="utf-8")
    return ["node", str(server)]


CANDIDATE = Candidate(
    name="nephele",
    title="Nephele",
    source=npm("nephele", "@nephele/adapter-file-system", "express"),
    serve=_serve,
    start="node server.mjs   # nephele() with @nephele/adapter-file-system and an authenticator",
    see="The adapter keeps locks beside the files, in files whose names end in `.nephelemeta`.",
    breaks=Break(
        words="Remove the metadata of the file: its locks, and its other properties, too. The server keeps running.",
        command="rm {store}/report.txt.nephelemeta",
        store="/srv/dav",
        scratch="../root",
        one=True,
    ),
)
