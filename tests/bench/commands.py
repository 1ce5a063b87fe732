"""Every command that is timed: davlock's, its peers', and plain scripts. In braces stands what is known later."""

from dataclasses import dataclass

COLLECTIONS = 2001
LOCKS = 1000
DELAY = 0.02
JOBS = (8, 16, 32, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command line. ``peer`` is who must be installed for it; empty: davlock, or a script of its environment.

    ``says``: its figure is the number that it prints. ``releases``: all locks of ``/locks/`` are there before it.
    """

    key: str
    title: str
    line: str
    peer: str = ""
    says: bool = False
    long: bool = False
    """Whether it takes seconds: it then runs in fewer rounds."""
    most: int = 0
    """Rounds that it runs at most, without one to warm up; 0: all of them."""
    share: float = 1.0
    """The part of the work that it does; its figures are divided by that."""
    status: int = 0
    expects: str = ""
    """What its output must hold, so that a client that does nothing is not taken for a fast one."""
    releases: bool = False


_CALL = "one/0.txt"
_TOKEN = "urn:uuid:/one/0.txt"
_LOCKS_FOUND = f"{COLLECTIONS} locks"
_WALKED = f'"locks": {COLLECTIONS},'


def _walk(key: str, title: str, line: str, **more: object) -> Command:
    return Command(key=key, title=title, line=line, long=True, **more)  # type: ignore[arg-type]  # names of its own fields


def _script(key: str, title: str, line: str, **more: object) -> Command:
    return Command(key=key, title=title, line="{python} -P {programs}/" + line, **more)  # type: ignore[arg-type]  # names of its own fields


_START = (
    Command(key="pass", title="`python -c pass`", line="{python} -c pass"),
    Command(key="version", title="`davlock --version`", line="{davlock} --version"),
    Command(key="version-module", title="`python -m davlock --version`", line="{python} -m davlock --version"),
    Command(key="help", title="`davlock --help`", line="{davlock} --help"),
    Command(key="help-module", title="`python -m davlock --help`", line="{python} -m davlock --help"),
    Command(key="empty-module", title="an empty package with `python -m`", line="{python} -m empty"),
    Command(key="import-click", title="`import click`, nothing else", line="{python} -c 'import click'"),
    Command(key="explain", title="`davlock explain 423`", line="{davlock} explain 423"),
    Command(key="curl-version", title="`curl --version`", line="curl --version", peer="curl"),
    Command(key="cadaver-version", title="`cadaver --version`", line="cadaver --version", peer="cadaver", status=255),
    Command(key="davix-version", title="`davix-ls --version`", line="davix-ls --version", peer="davix"),
    Command(key="rclone-version", title="`rclone version`", line="rclone version", peer="rclone"),
    Command(key="webdav4-help", title="webdav4's `dav --help`", line="{webdav4}/dav --help", peer="webdav4"),
    Command(
        key="rfc4918-help", title="webdav-rfc4918's `dav --help`", line="{rfc4918}/dav --help", peer="webdav-rfc4918"
    ),
)

_ONE_CALL = (
    Command(
        key="call", title="`davlock locks --json URL`", line="{davlock} locks --json {fast}/" + _CALL, expects=_TOKEN
    ),
    Command(
        key="call-login",
        title="`davlock locks --json -u USER URL`",
        line="{davlock} locks --json -u alice:alice {fast}/private/0.txt",
        expects="urn:uuid:/private/0.txt",
    ),
    _script(
        "plain-call",
        "plain script: click, httpx, rich, lxml",
        "plain_call.py --json {fast}/" + _CALL,
        expects=_TOKEN,
    ),
    _script(
        "plain-call-login",
        "the plain script with -u",
        "plain_call.py --json -u alice:alice {fast}/private/0.txt",
        expects="urn:uuid:/private/0.txt",
    ),
    _script("http-client-call", "script: http.client, lxml", "http_client_call.py {fast}/" + _CALL, expects=_TOKEN),
    Command(
        key="curl-call",
        title="curl, nothing parsed",
        line="curl -s -X PROPFIND -H Depth:0 {fast}/" + _CALL,
        peer="curl",
        expects=_TOKEN,
    ),
    Command(
        key="cadaver-call",
        title="cadaver `discover`",
        line="cadaver -r {scratch}/cadaver.rc {fast}/one/",
        peer="cadaver",
        expects=_TOKEN,
    ),
    Command(
        key="davix-call",
        title="davix-http, nothing parsed",
        line="davix-http -X PROPFIND -H Depth:0 {fast}/" + _CALL,
        peer="davix",
        expects=_TOKEN,
    ),
    Command(
        key="rclone-call",
        title="rclone lsjson --stat, no locks",
        line="rclone lsjson --stat --webdav-url {fast} :webdav:" + _CALL,
        peer="rclone",
        expects='"0.txt"',
    ),
    Command(
        key="webdav4-call",
        title="webdav4's `dav ls`, no locks",
        line="{webdav4}/dav --endpoint-url {fast}/ ls one/0/0/",
        peer="webdav4",
        expects="0.txt",
    ),
    Command(
        key="rfc4918-call",
        title="webdav-rfc4918's `dav info`, no locks",
        line="{rfc4918}/dav info {fast}/" + _CALL,
        peer="webdav-rfc4918",
        expects="one/0.txt",
    ),
)

_WALKS = (
    _walk("walk", "`davlock locks -r --json`", "{davlock} locks -r --json {fast}/one/", expects=_WALKED),
    _walk("infinity", "davlock, one answer", "{davlock} locks -r --json {fast}/infinity/", expects=_WALKED),
    _walk(
        "curl-infinity",
        "curl, one answer, nothing parsed",
        "curl -s -X PROPFIND -H Depth:infinity -d {body} {fast}/infinity/",
        peer="curl",
        expects="urn:uuid:/infinity/39/48/0.txt",
    ),
    _walk(
        "large-walk",
        "davlock, 20,001 collections",
        "{davlock} locks -r --json {fast}/large/",
        expects='"collections": 20001,',
        most=2,
    ),
    _script("plain-walk", "plain loop: httpx, lxml", "plain_walk.py {fast}/one/", long=True, expects=_LOCKS_FOUND),
    _script(
        "http-client-walk",
        "loop: http.client, lxml",
        "http_client_walk.py {fast}/one/ 1",
        long=True,
        expects=_LOCKS_FOUND,
    ),
    _walk("curl-walk", "curl -K, URLs known, nothing parsed", "curl -s -K {scratch}/walk.curl", peer="curl"),
    _walk(
        "davix-walk",
        "davix-ls -r 8, no locks",
        "davix-ls -r 8 {fast}/one/",
        peer="davix",
        expects="one/39/48/9.txt",
    ),
    _walk(
        "rclone-walk",
        "rclone lsf -R, no locks; its pacer waits 10 ms for each call",
        "rclone lsf -R --webdav-url {fast} :webdav:one",
        peer="rclone",
        expects="39/48/9.txt",
        most=1,
    ),
    _walk(
        "rclone-walk-unpaced",
        "rclone lsf -R --webdav-pacer-min-sleep 0, no locks",
        "rclone lsf -R --webdav-pacer-min-sleep 0 --webdav-url {fast} :webdav:one",
        peer="rclone-unpaced",
        expects="39/48/9.txt",
        most=2,
    ),
    _walk(
        "webdav4-walk",
        "loop: webdav4, no locks",
        "{webdav4}/python -P {programs}/webdav4_walk.py {fast}/one/",
        peer="webdav4",
        expects="22011 resources",
    ),
    _walk(
        "rfc4918-walk",
        "loop: webdav-rfc4918",
        "{rfc4918}/python -P {programs}/rfc4918_walk.py {fast}/one/",
        peer="webdav-rfc4918",
        expects=_LOCKS_FOUND,
    ),
    *(
        _walk(
            f"slow-walk-{jobs}",
            f"`davlock locks -r -j {jobs}`",
            f"{{davlock}} locks -r --json -j {jobs} {{slow}}/one/",
            expects=_WALKED,
        )
        for jobs in JOBS
    ),
    *(
        _script(
            f"slow-http-client-walk-{jobs}",
            f"http.client, {jobs} threads",
            f"http_client_walk.py {{slow}}/one/ {jobs}",
            long=True,
            expects=_LOCKS_FOUND,
        )
        for jobs in (8, 32, 64)
    ),
    *(
        _script(
            f"slow-async-walk-{jobs}",
            f"httpx.AsyncClient, {jobs} requests at a time",
            f"async_walk.py {{slow}}/one/ {jobs}",
            long=True,
            expects=_LOCKS_FOUND,
            most=2,
        )
        for jobs in (8, 32)
    ),
)

_RELEASES = (
    _walk(
        "release",
        "`davlock cleanup --all --yes -j 32`",
        "{davlock} cleanup --all --yes -j 32 --no-ledger {slow}/locks/",
        releases=True,
    ),
    _script(
        "http-client-release",
        "http.client, 32 threads, with both looks",
        "http_client_release.py {slow}/locks/ 32",
        long=True,
        expects=f"{LOCKS} locks released",
        releases=True,
    ),
    _walk(
        "curl-release",
        "curl, a process for each lock, no looks (50 of 1,000)",
        "sh {scratch}/curl_unlock.sh",
        peer="curl",
        releases=True,
        share=50 / LOCKS,
        most=1,
    ),
    _walk(
        "rfc4918-release",
        "webdav-rfc4918's `dav unlock` for each lock, no looks (20 of 1,000)",
        "sh {scratch}/dav_unlock.sh",
        peer="webdav-rfc4918",
        releases=True,
        share=20 / LOCKS,
        most=1,
    ),
)

_READERS = (("davlock", "davlock", ""), ("floor", "lxml, nothing read", ""))
_OTHER_READERS = (("webdav4", "webdav4, no locks", "webdav4"), ("rfc4918", "webdav-rfc4918", "webdav-rfc4918"))

_IN_PROCESS = (
    _script("walk-cpu", "davlock", "walk_on_fake_network.py davlock", long=True, says=True),
    _script("plain-walk-cpu", "plain loop: httpx, lxml", "walk_on_fake_network.py httpx", long=True, says=True),
    *(
        _script(f"parse-{key}-{every}", title, f"parse.py {key} {every}", long=True, says=True)
        for every in (1, 100)
        for key, title, _ in _READERS
    ),
    *(
        _walk(
            f"parse-{key}-{every}",
            title,
            f"{{{key}}}/python -P {{programs}}/parse.py {peer} {every}",
            peer=peer,
            says=True,
            most=3,
        )
        for every in (1, 100)
        for key, title, peer in _OTHER_READERS
    ),
    _script("table", "davlock", "table.py davlock", long=True, says=True),
    _script("rich-table", "rich's Table", "table.py rich", long=True, says=True),
)

COMMANDS = {command.key: command for command in (*_START, *_ONE_CALL, *_WALKS, *_RELEASES, *_IN_PROCESS)}
