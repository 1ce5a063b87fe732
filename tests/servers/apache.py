"""Apache httpd with mod_dav and mod_dav_fs."""

from pathlib import Path
from string import Template

from tests.servers.accounts import REALM, htdigest, htpasswd
from tests.servers.certificate import Certificate
from tests.servers.process import free_port
from tests.servers.product import Missing, Product, Setup, find_modules, find_program

_PACKAGE = "Debian package apache2-bin"

MODULE_FOLDERS = (
    "/usr/lib/apache2/modules",
    "/usr/lib64/httpd/modules",
    "/usr/lib/httpd/modules",
    "/usr/lib64/apache2",
    "/usr/local/libexec/apache24",
    "/usr/libexec/apache2",
)

_MODULES = (
    "mpm_event",
    "unixd",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_user",
    "auth_basic",
    "auth_digest",
    "mime",
    "dir",
    "autoindex",
    "dav",
    "dav_fs",
)

_CONFIG = Template("""\
ServerRoot "$private"
ServerName 127.0.0.1
Listen 127.0.0.1:$port
PidFile "$private/httpd.pid"
DefaultRuntimeDir "$private"
$modules
$account
TypesConfig /dev/null
AddType text/plain .txt
ErrorLog /dev/stderr
LogLevel warn
StartServers 1
ServerLimit 2
ThreadsPerChild 8
MaxRequestWorkers 16
DocumentRoot "$root"
DirectorySlash Off
$lockdb
<Directory "$root">
  Dav On
  DavDepthInfinity on
  Options Indexes
  $variant
  $auth
</Directory>
$tls
""")

_AUTH = {
    "none": "Require all granted",
    "basic": """AuthType Basic
  AuthName "$realm"
  AuthUserFile "$private/htpasswd"
  Require valid-user""",
    # Everybody reads, and a login is wanted before a write.
    "writes": """AuthType Basic
  AuthName "$realm"
  AuthUserFile "$private/htpasswd"
  <LimitExcept GET HEAD OPTIONS PROPFIND>
    Require valid-user
  </LimitExcept>""",
    "digest": """AuthType Digest
  AuthName "$realm"
  AuthDigestProvider file
  AuthUserFile "$private/htdigest"
  Require valid-user""",
}

# The same tree by TLS, for a name that no DNS knows; on the second port, only for who shows a certificate.
_TLS = Template("""\
LoadModule ssl_module "$modules/mod_ssl.so"
Listen 127.0.0.1:$port https
<VirtualHost 127.0.0.1:$port>
  ServerName dav.example
  DocumentRoot "$root"
  SSLEngine on
  SSLCertificateFile "$cert"
  SSLCertificateKeyFile "$key"
</VirtualHost>
Listen 127.0.0.1:$client_port https
<VirtualHost 127.0.0.1:$client_port>
  ServerName dav.example
  DocumentRoot "$root"
  SSLEngine on
  SSLCertificateFile "$cert"
  SSLCertificateKeyFile "$key"
  SSLVerifyClient require
  SSLCACertificateFile "$client"
</VirtualHost>
""")

_LOCKDB = 'DavLockDB "$private/lock/DavLock"'

_LOCKDB_OF_VARIANT = {"nolockdb": "", "badlockdb": 'DavLockDB "$private/nowrite/DavLock"'}

_DIRECTIVE_OF_VARIANT = {
    "hidelocks": "DavLockDiscovery Off",  # Apache 2.4.55 and newer
    "mintimeout": "DavMinTimeout 600",
}


def _missing() -> Missing | None:
    if find_program("apache2", "httpd") is None:
        return Missing("apache2", _PACKAGE)
    if find_modules(MODULE_FOLDERS, "mod_dav_fs.so") is None:
        return Missing("mod_dav_fs", _PACKAGE)
    return None


def _command(setup: Setup) -> list[str]:
    program, modules = find_program("apache2", "httpd"), find_modules(MODULE_FOLDERS, "mod_dav_fs.so")
    assert program is not None
    assert modules is not None
    setup.write("htpasswd", htpasswd())
    setup.write("htdigest", htdigest())
    (setup.private / "lock").mkdir(exist_ok=True)
    (setup.private / "nowrite").mkdir(mode=0o555, exist_ok=True)
    values = {"private": str(setup.private), "realm": REALM}
    config = _CONFIG.substitute(
        values,
        port=setup.port,
        root=setup.root,
        # A module without a file is compiled in: Debian does that to mod_unixd.
        modules="\n".join(
            f'LoadModule {name}_module "{modules}/mod_{name}.so"'
            for name in _MODULES
            if (modules / f"mod_{name}.so").is_file()
        ),
        account="" if setup.account is None else f"User {setup.account.user}\nGroup {setup.account.group}",
        lockdb=Template(_LOCKDB_OF_VARIANT.get(setup.variant, _LOCKDB)).substitute(values),
        variant=_DIRECTIVE_OF_VARIANT.get(setup.variant, ""),
        auth=Template(_AUTH[setup.auth]).substitute(values),
        tls=_tls(setup, modules) if setup.variant == "tls" else "",
    )
    return [program, "-f", str(setup.write("httpd.conf", config)), "-DFOREGROUND"]


def _tls(setup: Setup, modules: Path) -> str:
    """``https-port`` and ``cert.pem`` beside the configuration tell a test how to reach it; ``client-port`` wants the
    certificate in ``client``.
    """
    certificate = Certificate(setup.private, "DNS:dav.example", "DNS:*.dav.example")
    (setup.private / "client").mkdir(exist_ok=True)
    client = Certificate(setup.private / "client", "DNS:client.example")
    ports = {"port": str(free_port()), "client_port": str(free_port())}
    setup.write("https-port", ports["port"])
    setup.write("client-port", ports["client_port"])
    values = {"modules": str(modules), "root": str(setup.root), "client": client.cert}
    return _TLS.substitute(values, cert=certificate.cert, key=certificate.key, **ports)


PRODUCT = Product(
    auths=("none", "basic", "writes", "digest"),
    variants=("nolockdb", "badlockdb", "hidelocks", "mintimeout", "tls"),
    drops_root=True,
    missing=_missing,
    command=_command,
)
