"""Go's golang.org/x/net/webdav, which many products are built on, in the smallest program around it."""

import subprocess
from pathlib import Path

from compatibility.candidate import Break, Candidate, debian
from tests.servers.accounts import REALM, USERS
from tests.servers.product import Setup

_MAIN = """\
package main

import (
	"net/http"
	"os"

	"golang.org/x/net/webdav"
)

var passwords = map[string]string{%(users)s}

func main() {
	dav := &webdav.Handler{FileSystem: webdav.Dir(os.Args[2]), LockSystem: webdav.NewMemLS()}
	http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if known, there := passwords[user]; !there || known != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="%(realm)s"`)
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		dav.ServeHTTP(w, r)
	}))
}
"""


def _build(folder: Path) -> None:
    users = ", ".join(f'"{user}": "{password}"' for user, password in USERS.items())
    (folder / "main.go").write_text(_MAIN % {"users": users, "realm": REALM}, encoding="utf-8")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
    subprocess.run(
        ["go", "build", "-o", str(folder / "server"), str(folder / "main.go")], check=True, env=environment, timeout=300
    )


def _serve(setup: Setup, installed: Path) -> list[str]:
    return [str(installed / "server"), f"127.0.0.1:{setup.port}", str(setup.root)]


CANDIDATE = Candidate(
    name="golang",
    title="Go x/net/webdav",
    source=debian("golang-golang-x-net-dev", "golang-go"),
    serve=_serve,
    build=_build,
    start="""\
# a program of 20 lines: webdav.Handler with webdav.Dir and webdav.NewMemLS (compatibility/products/golang.py)
GO111MODULE=off GOPATH=/usr/share/gocode go build -o server main.go && ./server 127.0.0.1:8080 /srv/dav""",
    see="Nobody can: the locks are in the memory of the program, and lockdiscovery is not there.",
    breaks=Break(words="Restart the program. This ends **all** locks.", stop=True),
    unknown=(
        "Whether a file is locked, who locked it, until when, unless it tries: `davlock diagnose --attempt lock`.",
    ),
)
