"""Subversion's mod_dav_svn under Apache httpd, with one repository that every client may write to.

Its locks belong to a user, so that it always wants a login. What it stores lies in a repository and not in ``root``.
"""

import subprocess
from string import Template

from tests.servers.accounts import REALM, htpasswd
from tests.servers.apache import MODULE_FOLDERS
from tests.servers.product import Missing, Product, Setup, find_modules, find_program

_MODULES = (
    "mpm_event",
    "unixd",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_user",
    "auth_basic",
    "dav",
    "dav_svn",
)

_CONFIG = Template("""\
ServerRoot "$private"
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile "$private/httpd.pid"
DefaultRuntimeDir "$private"
$modules
$account
ErrorLog /dev/stderr
LogLevel warn
StartServers 1
ServerLimit 2
ThreadsPerChild 8
MaxRequestWorkers 16
DocumentRoot "$root"
<Location /svn>
  DAV svn
  SVNPath "$private/repository"
  SVNAutoversioning on
  AuthType Basic
  AuthName "$realm"
  AuthUserFile "$private/htpasswd"
  Require valid-user
</Location>
""")


def _missing() -> Missing | None:
    if find_program("apache2", "httpd") is None:
        return Missing("apache2", "Debian package apache2-bin")
    if find_modules(MODULE_FOLDERS, "mod_dav_svn.so") is None:
        return Missing("mod_dav_svn", "Debian package libapache2-mod-svn")
    if find_program("svnadmin") is None:
        return Missing("svnadmin", "Debian package subversion")
    return None


def _command(setup: Setup) -> list[str]:
    program, modules = find_program("apache2", "httpd"), find_modules(MODULE_FOLDERS, "mod_dav_svn.so")
    svnadmin = find_program("svnadmin")
    assert program is not None
    assert modules is not None
    assert svnadmin is not None
    setup.write("htpasswd", htpasswd())
    repository = setup.private / "repository"
    if not repository.exists():
        subprocess.run([svnadmin, "create", str(repository)], check=True, timeout=30)
    config = _CONFIG.substitute(
        private=str(setup.private),
        realm=REALM,
        port=setup.port,
        root=setup.root,
        # A module without a file is compiled in: Debian does that to mod_unixd.
        modules="\n".join(
            f'LoadModule {name}_module "{modules}/mod_{name}.so"'
            for name in _MODULES
            if (modules / f"mod_{name}.so").is_file()
        ),
        account="" if setup.account is None else f"User {setup.account.user}\nGroup {setup.account.group}",
    )
    return [program, "-f", str(setup.write("httpd.conf", config)), "-DFOREGROUND"]


PRODUCT = Product(auths=("basic",), drops_root=True, place="svn/", missing=_missing, command=_command)
