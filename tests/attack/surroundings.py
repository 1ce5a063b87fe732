"""What stands around davlock: folders, variables, streams, limits, odd arguments; each with each of many commands."""

import functools
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.attack.aftermath import judge_aftermath
from tests.attack.group import Attack, Draw, Group
from tests.attack.kills import start_servers
from tests.attack.victim import DOCUMENTED, ROOT, Ended, Order, Victim
from tests.attack.workplace import LOGIN, NEW, workplace
from tests.measured import Streams
from tests.servers import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrounding:
    """What is unusual. ``prepare`` gets the folder that is davlock's home."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    through: tuple[str, ...] = ()
    streams: Callable[[Path], Streams] | None = None
    stdin: bytes = b""
    prepare: Callable[[Path], None] = lambda folder: None
    after: Callable[[Path], None] = lambda folder: None
    """Makes the ledger usable again for the recovery."""
    more: tuple[str, ...] = ()
    """Arguments behind those of the command."""
    codes: frozenset[int] = DOCUMENTED
    seconds: float = 60.0
    recovery: Mapping[str, str] = field(default_factory=dict)
    """Where the ledger is afterwards, if it is elsewhere: ``{}`` is the folder."""
    as_root: bool = False
    """Whether only root can make it."""


def _sh(script: str) -> tuple[str, ...]:
    """davlock is ``"$@"`` in the script."""
    return ("sh", "-c", script, "sh")


def _bash(script: str) -> tuple[str, ...]:
    return ("bash", "-c", script, "bash")


def _file(folder: Path, name: str) -> str:
    return str(folder / name)


def _streams(
    *, stdin: str | None = "stdin", stdout: str | None = "out", stderr: str | None = "err"
) -> Callable[[Path], Streams]:
    """A name without a slash is a file in the folder."""

    def make(folder: Path) -> Streams:
        return Streams(
            **{
                name: value if value is None or "/" in value else _file(folder, value)
                for name, value in (("stdin", stdin), ("stdout", stdout), ("stderr", stderr))
            }
        )

    return make


def _state(folder: Path) -> Path:
    (folder / "state").mkdir(exist_ok=True)
    return folder / "state" / "davlock"


def _state_is_a_file(folder: Path) -> None:
    _state(folder).write_text("no folder")


def _state_is_a_link(folder: Path) -> None:
    (folder / "elsewhere").mkdir(mode=0o777)
    (folder / "elsewhere").chmod(0o777)
    _state(folder).symlink_to(folder / "elsewhere")


def _state_of_another_user(folder: Path) -> None:
    _state(folder).mkdir(mode=0o700)
    os.chown(_state(folder), 12345, 12345)


def _config(folder: Path) -> Path:
    (folder / "config" / "davlock").mkdir(parents=True)
    return folder / "config" / "davlock" / "config.toml"


def _config_is(content: bytes) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        _config(folder).write_bytes(content)

    return prepare


def _config_of_another_user(folder: Path) -> None:
    path = _config(folder)
    path.write_text("[profiles.a]\nurl = 'http://127.0.0.1/'\n")
    os.chown(path, 12345, 12345)


def _give_back(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 0, 0, follow_symlinks=False)


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o777)
    folder.parent.chmod(0o711)


def _disk(kilobytes: int) -> tuple[str, ...]:
    """A small disk under the state folder, seen by davlock alone; what is on it stays in ``saved``."""
    script = (
        f'mkdir -p state saved && mount -t tmpfs -o size={kilobytes}k,mode=700 tmpfs state && "$@"; code=$?;'
        " cp -a state/. saved; exit $code"
    )
    return ("unshare", "-m", "sh", "-c", script, "sh")


_HOMELESS = {"XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""}


def _own_home(*command: str) -> tuple[str, ...]:
    """The account has its home in the folder ``home``, so that no attack writes where people live."""
    script = (
        'mkdir -p home && awk -F: -v OFS=: -v id="$(id -u)" -v home="$PWD/home" \'$3 == id {$6 = home} 1\''
        ' /etc/passwd > passwd && mount --bind passwd /etc/passwd && exec "$@"'
    )
    return ("unshare", "-m", "sh", "-c", script, "sh", *command)


_READ_ONLY = (
    "unshare",
    "-m",
    "sh",
    "-c",
    'mkdir -p state && mount --bind state state && mount -o remount,ro,bind state && exec "$@"',
    "sh",
)

_LIMITS = {
    "16 open files": "ulimit -n 16",
    "9 open files": "ulimit -n 9",
    "400 MB of addresses": "ulimit -v 400000",
    "files of 1 kB at most": "ulimit -f 1",
    "files of 24 kB at most": "ulimit -f 24",
    "no file may grow": "ulimit -f 0",
    "stack of 256 kB": "ulimit -s 256",
    "umask 0": "umask 0",
    "umask 777": "umask 777",
    "current folder deleted": "mkdir gone && cd gone && rmdir ../gone",
    "SIGPIPE by default": "trap - PIPE",
    "SIGHUP and SIGINT ignored": "trap '' HUP INT",
    "SIGCHLD ignored": "trap '' CHLD",
}

SURROUNDINGS = (
    Surrounding(name="nothing unusual"),
    # folders
    Surrounding(
        name="no HOME",
        through=_own_home("env", "-u", "HOME"),
        environment=_HOMELESS,
        recovery={"HOME": "{}/home"},
        as_root=True,
    ),
    Surrounding(name="HOME=/nonexistent", environment={"HOME": "/nonexistent"}),
    Surrounding(name="HOME of /proc", environment={"HOME": "/proc/1", **_HOMELESS}),
    Surrounding(
        name="HOME relative",
        through=_own_home(),
        environment={"HOME": "home", **_HOMELESS},
        recovery={"HOME": "{}/home"},
        as_root=True,
    ),
    Surrounding(name="XDG_* relative", environment={"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "."}),
    Surrounding(name="XDG_* of a device", environment={"XDG_STATE_HOME": "/dev/null", "XDG_CONFIG_HOME": "/dev/full"}),
    Surrounding(name="XDG_* very long", environment={"XDG_STATE_HOME": "/" + "x" * 5000}),
    Surrounding(name="state is a file", prepare=_state_is_a_file),
    Surrounding(name="state is a link to a folder of all", prepare=_state_is_a_link),
    Surrounding(name="state of another user", prepare=_state_of_another_user, as_root=True),
    Surrounding(name="state read-only", through=_READ_ONLY, as_root=True),
    *(
        Surrounding(
            name=f"disk of {size} kB", through=_disk(size), recovery={"XDG_STATE_HOME": "{}/saved"}, as_root=True
        )
        for size in (4, 8, 12, 16, 20, 24, 32, 40, 48, 56, 64, 80)
    ),
    # settings
    Surrounding(name="config is a folder", prepare=lambda folder: _config(folder).mkdir()),
    Surrounding(name="config is a FIFO", prepare=lambda folder: os.mkfifo(_config(folder))),
    Surrounding(name="config is /dev/zero", prepare=lambda folder: _config(folder).symlink_to("/dev/zero")),
    Surrounding(name="config is its own link", prepare=lambda folder: _config(folder).symlink_to("config.toml")),
    Surrounding(name="config is huge", prepare=_config_is(b"[profiles.a]\nurl = 'http://127.0.0.1/'\n" * 400_000)),
    Surrounding(name="config is deep", prepare=_config_is(b"a = " + b"[" * 100_000)),
    Surrounding(name="config is no TOML", prepare=_config_is(b"\x00\xff\xfe= [[")),
    Surrounding(name="config of another user", prepare=_config_of_another_user, as_root=True),
    Surrounding(
        name="DAVLOCK_* absurd", environment={"DAVLOCK_FORMAT": "x\x1b[31m", "DAVLOCK_MAX_REQUESTS": "9" * 400}
    ),
    Surrounding(name="DAVLOCK_COLOR absurd", environment={"DAVLOCK_COLOR": "\udcff"}),
    # terminal and language
    *(
        Surrounding(name=f"LC_ALL={value}", environment={"LC_ALL": value, "LANG": value, "PYTHONUTF8": "0"})
        for value in ("C", "POSIX", "de_DE.ISO-8859-1", "zh_CN.GB18030", "xx_YY.nonsense", "\udcff", "../../etc/passwd")
    ),
    *(
        Surrounding(name=f"PYTHONIOENCODING={value}", environment={"PYTHONIOENCODING": value})
        for value in (
            "ascii",
            "latin-1",
            "utf-7",
            "cp437",
            "ascii:strict",
            "ascii:ignore",
            "utf-8:surrogatepass",
        )
    ),
    *(Surrounding(name=f"TERM={value!r}", environment={"TERM": value}) for value in ("dumb", "", "x" * 5000)),
    *(Surrounding(name=f"COLUMNS={value}", environment={"COLUMNS": value}) for value in ("0", "1", "99999", "-5", "x")),
    *(
        Surrounding(name=f"TZ={value}", environment={"TZ": value})
        for value in ("", ":", "XYZ+25:61:61", "/etc/passwd", "Pacific/Kiritimati", "<+99>-99", "\udcff")
    ),
    # streams
    Surrounding(name="stdin closed", streams=_streams(stdin=None)),
    Surrounding(name="stdout closed", streams=_streams(stdout=None)),
    Surrounding(name="stderr closed", streams=_streams(stderr=None)),
    Surrounding(name="all streams closed", streams=_streams(stdin=None, stdout=None, stderr=None)),
    Surrounding(name="stdout full", streams=_streams(stdout="/dev/full")),
    Surrounding(name="stderr full", streams=_streams(stderr="/dev/full")),
    Surrounding(name="both outputs full", streams=_streams(stdout="/dev/full", stderr="/dev/full")),
    Surrounding(name="stdin without an end", streams=_streams(stdin="/dev/zero")),
    Surrounding(name="stdin is a folder", streams=_streams(stdin="/")),
    Surrounding(name="stdin is not UTF-8", stdin=bytes(range(256)) * 40),
    Surrounding(name="stdout is a pipe that nobody reads", through=_bash('"$@" | true; exit ${PIPESTATUS[0]}')),
    Surrounding(name="stdout is a pipe for one byte", through=_bash('"$@" | head -c 1; exit ${PIPESTATUS[0]}')),
    Surrounding(
        name="stdout and stderr are a pipe that nobody reads",
        through=_bash('"$@" 2>&1 | true; exit ${PIPESTATUS[0]}'),
    ),
    # limits
    *(Surrounding(name=name, through=_sh(f'{script} && exec "$@"')) for name, script in _LIMITS.items()),
    Surrounding(
        name="no other process",
        # Limits do not count for root. The folders of Python may be root's, too.
        through=(
            *("setpriv", "--reuid", "54321", "--clear-groups", "--inh-caps", "+dac_override"),
            *("--ambient-caps", "+dac_override", *_bash('ulimit -u 0; exec "$@"')),
        ),
        prepare=_open_to_all,
        after=_give_back,
        as_root=True,
    ),
    Surrounding(name="PATH empty", environment={"PATH": ""}),
    Surrounding(
        name="no variable at all",
        through=_own_home("env", "-i", f"PYTHONPATH={ROOT}", *(f"{name}={value}" for name, value in LOGIN.items())),
        recovery={"HOME": "{}/home", **_HOMELESS},
        as_root=True,
    ),
    # arguments
    Surrounding(name="an argument that is not UTF-8", more=("\udcff\udcfe",)),
    Surrounding(name="an argument of 100 kB", more=("x" * 100_000,)),
    Surrounding(name="100 kB of arguments", more=("http://127.0.0.1:9/" + "y" * 80,) * 1000, seconds=120.0),
    Surrounding(name="an argument with control characters", more=("\x1b[2J\x07\r\n\x9b",)),
    Surrounding(name="an empty argument", more=("",)),
    Surrounding(name="an option that nobody knows", more=("--\udcff=\u202e",)),
)

COMMANDS = (
    ("--version",),
    ("--version", "-v", "--json"),
    ("--help",),
    ("help", "json"),
    ("diagnose", "--help"),
    ("explain", "423"),
    ("explain", "-"),
    ("decode", "multistatus"),
    ("config", "list"),
    ("config", "check"),
    ("ledger", "list", "--all", "--json"),
    ("ledger", "check"),
    ("completion", "bash"),
    ("demo",),
    ("diagnose", "{}foreign.txt"),
    ("diagnose", "--json", "--bundle", "bundle.zip", "{}foreign.txt"),
    ("diagnose", "--attempt", "lock", "{}a.txt"),
    ("locks", "-r", "{}"),
    ("locks", "--format", "tsv", "-o", "listing", "{}"),
    ("propfind", "{}a.txt"),
    ("watch", "--interval", "1", "--for", "1", "{}foreign.txt"),
    ("wait", "-w", "1", "{}foreign.txt"),
    ("wait", "--then", "lock", "{}a.txt"),
    ("lock", "{}a.txt"),
    ("lock", "-q", "--print", "if", "{}a.txt", "{}b.txt"),
    ("run", "{}a.txt", "--", "/bin/echo", "ran"),
    ("put", "content", "{}a.txt"),
    ("put", "--deadline", "3", "-", "{}a.txt"),
    ("cleanup", "--owner", "^stale", "--yes", "{}"),
    ("unlock", "--steal", "{}s1.txt"),
    ("check", "--select", "exclusive", "--report", "junit=report.xml", "{}"),
    ("diagnose", "--scratch", "{}", "{}a.txt"),
)


_OF_EACH = 3
"""At scale 1 a surrounding meets one of so many commands; the next surrounding meets others."""


def _attacks(draw: Draw) -> Iterator[Attack]:
    servers = start_servers(draw)
    possible = list(_possible(draw))
    pairs = list(itertools.product(possible, COMMANDS))
    # A smaller scale takes some of each: a step that has no factor in common with the number of commands.
    step = max(1, round(_OF_EACH / draw.scale))
    while step > 1 and len(COMMANDS) % step == 0:
        step += 1
    for number, (surrounding, command) in enumerate(pairs[::step]):
        name = f"{surrounding.name}: {' '.join(command)}"
        yield Attack(name=name, make=_surround(servers[number % len(servers)], surrounding, command, name))


def _possible(draw: Draw) -> Iterator[Surrounding]:
    for surrounding in SURROUNDINGS:
        if why := _why_not(surrounding):
            draw.leave_out(f"“{surrounding.name}”: {why}")
        else:
            yield surrounding


def _why_not(surrounding: Surrounding) -> str:
    """Why this machine cannot make it; empty if it can."""
    if surrounding.as_root and os.geteuid() != 0:
        return "only root can make it"
    program = surrounding.through[0] if surrounding.through else "true"
    if shutil.which(program) is None:
        return f"{program} is not installed"
    return "" if program != "unshare" or _may_mount() else "this system lets nobody mount in a namespace"


@functools.cache
def _may_mount() -> bool:
    """Whether a container, for example, allows it."""
    script = "mount -t tmpfs tmpfs /mnt"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], check=False, capture_output=True).returncode == 0


def _surround(
    server: Server, surrounding: Surrounding, command: tuple[str, ...], name: str
) -> Callable[[Victim], list[Ended]]:
    def make(victim: Victim) -> list[Ended]:
        with workplace(server) as place:
            place.forget_locks()
            (victim.folder / "content").write_bytes(NEW)
            surrounding.prepare(victim.folder)
            order = place.order(*command, codes=surrounding.codes, seconds=surrounding.seconds)
            order = _surrounded(order, surrounding, victim.folder)
            try:
                ended = victim.run(order, name)
                surrounding.after(victim.folder)
                folders = {
                    name: value.replace("{}", str(victim.folder))
                    for name, value in {**surrounding.environment, **surrounding.recovery}.items()
                    if name.startswith(("HOME", "XDG"))
                }
                return [judge_aftermath(place, victim, ended, folders=folders, written=surrounding.stdin)]
            finally:
                victim.folder.chmod(0o700)

    return make


def _surrounded(order: Order, surrounding: Surrounding, folder: Path) -> Order:
    dashes = order.arguments.index("--") if "--" in order.arguments else len(order.arguments)
    return replace(
        order,
        arguments=(*order.arguments[:dashes], *surrounding.more, *order.arguments[dashes:]),
        environment={**order.environment, **surrounding.environment},
        through=surrounding.through,
        streams=None if surrounding.streams is None else surrounding.streams(folder),
        stdin=surrounding.stdin,
    )


GROUP = Group(
    name="surroundings",
    what="Odd folders, settings, languages, streams, limits and arguments, each with commands of all kinds.",
    attacks=_attacks,
)
