"""sabre/dav as Debian ships it, under the web server of PHP."""

from pathlib import Path
from string import Template

from compatibility.candidate import Break, Candidate, debian
from tests.servers.accounts import REALM, USERS
from tests.servers.product import Setup

_ROUTER = Template("""\
<?php
require_once 'Sabre/autoload.php';
date_default_timezone_set('UTC');
class Users extends Sabre\\DAV\\Auth\\Backend\\AbstractBasic {
    protected function validateUserPass($$user, $$password) {
        $$known = [$users];
        return isset($$known[$$user]) && $$known[$$user] === $$password;
    }
}
$$server = new Sabre\\DAV\\Server(new Sabre\\DAV\\FSExt\\Directory('$root'));
$$server->setBaseUri('/');
$$server->addPlugin(new Sabre\\DAV\\Auth\\Plugin(new Users(), '$realm'));
$$server->addPlugin(new Sabre\\DAV\\Locks\\Plugin(new Sabre\\DAV\\Locks\\Backend\\File('$private/locks')));
$$server->exec();
""")


def _serve(setup: Setup, installed: Path) -> list[str]:
    users = ", ".join(f"'{user}' => '{password}'" for user, password in USERS.items())
    router = setup.write(
        "server.php", _ROUTER.substitute(root=setup.root, private=setup.private, realm=REALM, users=users)
    )
    return ["php", "-d", "error_reporting=0", "-S", f"127.0.0.1:{setup.port}", str(router)]


CANDIDATE = Candidate(
    name="sabre",
    title="sabre/dav 1.8",
    source=debian("php-sabre-dav", "php-cli"),
    serve=_serve,
    start="""\
# server.php: Sabre\\DAV\\Server with FSExt\\Directory, Auth\\Plugin, and
# Locks\\Plugin with Locks\\Backend\\File('/var/lib/dav/locks')
php -S 127.0.0.1:8080 server.php""",
    see="The file of `Locks\\Backend\\File` holds every lock with its token, as PHP's `serialize` writes them.",
    breaks=Break(
        words="Remove the file of locks. The server keeps running. This ends **all** locks.",
        command="rm -f {store}",
        store="/var/lib/dav/locks",
        scratch="locks",
    ),
    unknown=("The token of a lock: this version shows locks without it, so `davlock unlock --steal` cannot work.",),
)
