"""lighttpd with mod_webdav, which has locks only where it has a database for them."""

import glob
from string import Template

from tests.servers.accounts import REALM, plain
from tests.servers.product import Missing, Product, Setup, find_modules, find_program

_MODULE_FOLDERS = (
    "/usr/lib/lighttpd",
    "/usr/lib64/lighttpd",
    "/usr/local/lib/lighttpd",
    *glob.glob("/usr/lib/*-*/lighttpd"),
)

# The stat cache would show a file for another second that a test has removed from the disk.
_CONFIG = Template("""\
server.modules = ( "mod_access" )
$auth
server.modules += ( "mod_webdav", "mod_dirlisting" )
server.document-root = "$root"
server.bind = "127.0.0.1"
server.port = $port
server.upload-dirs = ( "$private" )
server.stat-cache-engine = "disable"
mimetype.assign = ( ".txt" => "text/plain", "" => "application/octet-stream" )
webdav.activate = "enable"
webdav.is-readonly = "disable"
$locks
$socket
""")

_AUTH = Template("""\
server.modules += ( "mod_auth", "mod_authn_file" )
auth.backend = "plain"
auth.backend.plain.userfile = "$private/users"
auth.require = ( "" => ( "method" => "$method", "realm" => "$realm", "require" => "valid-user" ) )""")


def _missing() -> Missing | None:
    if find_program("lighttpd") is None:
        return Missing("lighttpd", "Debian package lighttpd")
    if find_modules(_MODULE_FOLDERS, "mod_webdav.so") is None:
        return Missing("lighttpd's mod_webdav", "Debian package lighttpd-mod-webdav")
    return None


def _command(setup: Setup) -> list[str]:
    program = find_program("lighttpd")
    assert program is not None
    setup.write("users", plain())
    config = _CONFIG.substitute(
        private=setup.private,
        port=setup.port,
        root=setup.root,
        auth="" if setup.auth == "none" else _AUTH.substitute(private=setup.private, method=setup.auth, realm=REALM),
        socket=f'$SERVER["socket"] == "{setup.private}/dav.socket" {{}}' if setup.variant == "unix" else "",
        locks="" if setup.variant == "nolock" else f'webdav.sqlite-db-name = "{setup.private}/webdav.db"',
    )
    return [program, "-D", "-f", str(setup.write("lighttpd.conf", config))]


PRODUCT = Product(auths=("none", "basic", "digest"), variants=("nolock", "unix"), missing=_missing, command=_command)
