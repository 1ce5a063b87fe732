"""A Kerberos realm and an Apache that wants its tickets: Debian's krb5-kdc and libapache2-mod-auth-gssapi.

``python -m tests.servers.kerberos`` runs davlock against it, with --negotiate, and says what it saw. The tests do not:
the package gssapi has no wheels, and takes a compiler and a minute. All files and ports are of this process alone.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.servers import temporary_directory
from tests.servers.apache import MODULE_FOLDERS
from tests.servers.process import free_port
from tests.servers.product import find_modules, find_program, service_account

REALM = "DAVLOCK.TEST"

_KRB5 = """\
[libdefaults]
default_realm = {realm}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
[realms]
{realm} = {{
  kdc = 127.0.0.1:{port}
}}
"""

_KDC = """\
[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
}}
"""

_APACHE = """\
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{folder}/httpd.pid"
DefaultRuntimeDir "{folder}"
{modules}
{account}
ErrorLog "{folder}/error.log"
DocumentRoot "{folder}/root"
DavLockDB "{folder}/lock/DavLock"
<Directory "{folder}/root">
  Dav On
  AuthType GSSAPI
  AuthName "Kerberos"
  GssapiCredStore keytab:{folder}/http.keytab
  Require valid-user
</Directory>
"""

_MODULES = (
    *("mpm_event", "unixd", "authn_core", "authz_core", "authz_user", "dav", "dav_fs", "auth_gssapi", "env"),
    *("session",),
)


@dataclass(frozen=True, slots=True)
class KerberosServer:
    """The URL of the server, and the environment in which alice has a ticket."""

    url: str
    root: Path
    environment: Mapping[str, str]


@contextlib.contextmanager
def kerberos_server(folder: Path) -> Iterator[KerberosServer]:
    """A KDC, an Apache and a ticket for alice until the block ends; ``folder`` is empty and readable by Apache."""
    kdc_port, port = free_port(), free_port()
    values = {"folder": folder, "realm": REALM, "port": kdc_port}
    (folder / "krb5.conf").write_text(_KRB5.format(**values))
    (folder / "kdc.conf").write_text(_KDC.format(**values))
    environment = {
        **os.environ,
        "KRB5_CONFIG": str(folder / "krb5.conf"),
        "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
        "KRB5CCNAME": f"FILE:{folder}/tickets",
    }

    def run(*words: str, typed: str = "") -> None:
        program = find_program(words[0])
        assert program is not None, f"{words[0]} is not installed"
        subprocess.run([program, *words[1:]], env=environment, input=typed, text=True, check=True, capture_output=True)

    run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
    run("kadmin.local", "-q", "addprinc -pw alice alice")
    run("kadmin.local", "-q", "addprinc -randkey HTTP/localhost")
    run("kadmin.local", "-q", f"ktadd -k {folder}/http.keytab HTTP/localhost")
    for name in ("root", "lock"):
        (folder / name).mkdir()
    config = _APACHE.format(folder=folder, port=port, modules=_loaded(), account=_account(folder))
    (folder / "httpd.conf").write_text(config)
    apache, kdc = find_program("apache2", "httpd"), find_program("krb5kdc")
    assert apache is not None
    assert kdc is not None
    with _running([kdc, "-n"], environment), _running([apache, "-f", f"{folder}/httpd.conf", "-X"], environment):
        _retry(lambda: run("kinit", "alice", typed="alice\n"))
        _retry(lambda: _answers(port))
        yield KerberosServer(f"http://localhost:{port}/", folder / "root", environment)


def _loaded() -> str:
    folder = find_modules(MODULE_FOLDERS, "mod_auth_gssapi.so")
    assert folder is not None, "libapache2-mod-auth-gssapi is not installed"
    present = [name for name in _MODULES if (folder / f"mod_{name}.so").is_file()]
    return "\n".join(f'LoadModule {name}_module "{folder}/mod_{name}.so"' for name in present)


def _account(folder: Path) -> str:
    if os.geteuid() != 0:
        return ""
    account = service_account()
    for name in ("root", "lock", "http.keytab"):
        shutil.chown(folder / name, account.user, account.group)
    return f"User {account.user}\nGroup {account.group}"


@contextlib.contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> None:
    with contextlib.suppress(OSError):
        urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()  # a 401 is an OSError
    import socket

    socket.create_connection(("127.0.0.1", port), 5).close()


def _retry(action: object) -> None:
    for left in range(40, -1, -1):
        try:
            assert callable(action)
            action()
            return
        except (OSError, subprocess.CalledProcessError):
            if not left:
                raise
            time.sleep(0.25)


def _check(server: KerberosServer, name: str, *arguments: str, code: int, words: str = "", **environment: str) -> None:
    command = [sys.executable, "-m", "davlock", *arguments]
    done = subprocess.run(
        command, env={**server.environment, **environment}, capture_output=True, text=True, check=False
    )
    seen = done.stdout + done.stderr
    assert done.returncode == code, f"{name}: {done.returncode}\n{seen}"
    assert words in seen, f"{name}: {seen}"
    print(f"ok: {name}")


def main() -> None:
    """Run davlock with a ticket, without one, and against a host that has no service."""
    with temporary_directory() as folder:
        folder.chmod(0o755)
        with kerberos_server(folder) as server:
            url, local = f"{server.url}a.txt", server.url.replace("localhost", "127.0.0.1")
            (folder / "large").write_bytes(b"0123456789" * 100_000)
            put = ("put", "--no-ledger", "--negotiate", str(folder / "large"), url)
            _check(server, "put sends a file with the proof", *put, code=0)
            assert (server.root / "a.txt").stat().st_size == 1_000_000
            _check(server, "lock", "lock", "--no-ledger", "--negotiate", "-u", ":", "--timeout", "5s", url, code=0)
            _check(server, "the server proves who it is", "locks", "-v", "--negotiate", url, code=0, words="Negotiate")
            _check(server, "no ticket", "locks", "--negotiate", url, code=2, words="kinit", KRB5CCNAME="FILE:/nowhere")
            _check(server, "no service", "locks", "--negotiate", local, code=2, words="HTTP/127.0.0.1")
            _check(server, "without the option", "locks", url, code=4, words="--negotiate")


if __name__ == "__main__":
    main()
