"""nginx with its own dav module and nginx-dav-ext-module, which adds PROPFIND, LOCK and UNLOCK."""

import glob
from string import Template

from tests.servers.accounts import REALM, htpasswd
from tests.servers.product import Missing, Product, Setup, find_modules, find_program

_MODULE = "ngx_http_dav_ext_module.so"

_MODULE_FOLDERS = (
    "/usr/lib/nginx/modules",
    "/usr/lib64/nginx/modules",
    "/usr/local/libexec/nginx",
    *glob.glob("/usr/lib/*-*/nginx/modules"),
)

_CONFIG = Template("""\
load_module "$module";
$account
worker_processes 1;
daemon off;
pid "$private/nginx.pid";
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  default_type application/octet-stream;
  types { text/plain txt; }
  client_body_temp_path "$private/body";
  proxy_temp_path "$private/proxy";
  fastcgi_temp_path "$private/fastcgi";
  uwsgi_temp_path "$private/uwsgi";
  scgi_temp_path "$private/scgi";
  client_max_body_size 50m;
  dav_ext_lock_zone zone=davlock:4m timeout=60m;
  server {
    listen 127.0.0.1:$port;
    root "$root";
    location / {
      autoindex on;
      dav_methods PUT DELETE MKCOL COPY MOVE;
      create_full_put_path off;
      dav_access user:rw group:rw all:r;
      $locks
      $auth
    }
  }
}
""")

_LOCKS = "dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK; dav_ext_lock zone=davlock;"

_NO_LOCKS = "dav_ext_methods PROPFIND OPTIONS;"


def _missing() -> Missing | None:
    if find_program("nginx") is None:
        return Missing("nginx", "Debian package nginx-light")
    if find_modules(_MODULE_FOLDERS, _MODULE) is None:
        return Missing("nginx-dav-ext-module", "Debian package libnginx-mod-http-dav-ext")
    return None


def _command(setup: Setup) -> list[str]:
    program, modules = find_program("nginx"), find_modules(_MODULE_FOLDERS, _MODULE)
    assert program is not None
    assert modules is not None
    users = setup.write("htpasswd", htpasswd())
    config = _CONFIG.substitute(
        private=setup.private,
        port=setup.port,
        root=setup.root,
        module=modules / _MODULE,
        account="" if setup.account is None else f"user {setup.account.user} {setup.account.group};",
        locks=_NO_LOCKS if setup.variant == "nolock" else _LOCKS,
        auth="" if setup.auth == "none" else f'auth_basic "{REALM}"; auth_basic_user_file "{users}";',
    )
    return [program, "-e", "stderr", "-c", str(setup.write("nginx.conf", config))]


PRODUCT = Product(auths=("none", "basic"), variants=("nolock",), drops_root=True, missing=_missing, command=_command)
