"""Words of other tools, and what does the same here: curl, wget, git, gh, kubectl, svn, occ, cadaver, rclone, flock."""

_NO_TLS_CHECK = (("--insecure", "use -k to accept any TLS certificate"),)
_PASSWORD = (
    ("--password-file", "use -u USER, which asks for the password, or --password-file FILE"),
    ("", "this command needs no login"),
)
_TREE = (
    ("--recursive", "use -r to read the whole tree"),
    ("--depth", "use --depth infinity, or list a tree with: davlock locks -r URL"),
    ("", "to list the locks of a tree: davlock locks -r URL"),
)
_DRY_RUN = (
    ("--attempt", "leave it out: diagnose only reads, unless --attempt or --scratch is given"),
    ("--fail-if-any", "leave it out: locks only reads"),
    ("--steal", "to look first: davlock diagnose URL"),
    ("", "only cleanup has a plan: davlock cleanup --dry-run URL"),
)
_LIFE = (("--timeout", "use --timeout DURATION for how long the lock lasts"),)
_LIMIT = (
    ("--wait", "use -w DURATION to limit the wait"),
    ("--max-time", "use --max-time DURATION to limit each request"),
)
_NO_QUESTION = (("", "leave it out: only cleanup wants a yes"),)
_QUIET = (("--quiet", "use -q to print only results"),)
_LEAVE_TO_SERVER = (("--basic", "leave it out: davlock takes Basic or Digest, as the server offers"),)
_UPLOAD = (("--if-none-match", "name the file first: davlock put FILE URL"), ("", "to upload: davlock put FILE URL"))
_BODY = (
    ("--property", "use -p NAME for each property"),
    ("--if-none-match", "name the file first: davlock put FILE URL"),
    ("", "davlock writes its bodies itself; to upload a file: davlock put FILE URL"),
)
_HEAD = (("--quiet", "to look at a resource: davlock diagnose URL; -v shows requests and answers"),)
_TRACE = (("--verbose", "use -v to show requests and answers"),)
_STATUS = (("--quiet", "leave it out: the exit status says it (davlock help exit-status)"),)
_REDIRECTS = (("--quiet", "leave it out: davlock follows redirects where that is safe, and says so"),)
_CONFIG = (("--quiet", "options can stand in a profile or the environment: davlock help profiles"),)
_COOKIE = (("--header", "use -H 'Cookie: NAME=VALUE'"),)
_PROXY_USER = (("--proxy", "put it into the proxy: -x http://USER:PASSWORD@HOST:PORT"),)
_RETRY = (("--retry-budget", "use --retry-budget DURATION to wait and retry after 429 or 503"),)
_PROGRESS = (("", "leave it out: at a terminal, what takes over 2 s shows how far it is"),)
_NOTHING_TO_SET = (("", "leave it out: davlock needs no such setting"),)
_FIELDS = (("--json", "use --json, and choose with jq: davlock help json"),)
_WATCH = (("", "to follow a lock: davlock watch URL"),)
_VERSION = (
    ("--version", "-V and -v go with --json alone: davlock -V -v > FILE; else options stand behind the command"),
)
_AGE = (("--older-than", "use --older-than DURATION for locks that nobody renewed for this long"),)
_OUTPUT = (("--json", "use --json, or --format table, tsv, json or jsonl"),)

OPTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "-o": (("--serve", "leave it out: a demo is for the screen"), *_VERSION),
    "--output": (("--serve", "leave it out: a demo is for the screen"), *_VERSION),
    "-v": _VERSION,
    "--verbose": _VERSION,
    "--json": _VERSION,
    "--force": (
        ("--steal", "use --steal to release a lock that somebody else took"),
        ("--yes", "use --yes to release what the plan shows"),
        ("--token", "send the lock's token with --token, or wait: davlock wait URL"),
        (
            "--create",
            "wait for the lock: lock -w DURATION; or release that of somebody else: davlock unlock --steal URL",
        ),
    ),
    "-f": (
        ("--steal", "use --steal to release a lock that somebody else took"),
        ("--yes", "use --yes to release what the plan shows"),
    ),
    "--break": (("--steal", "use --steal to release a lock that somebody else took"),),
    "--dry-run": _DRY_RUN,
    "-n": (
        ("--create", "leave it out: without --wait, lock gives up at once"),
        ("--steal", "to look first: davlock diagnose URL"),
        ("--netrc", "use --netrc to take the login from ~/.netrc"),
    ),
    "-y": _NO_QUESTION,
    "--yes": _NO_QUESTION,
    "--assume-yes": (("--yes", "use -y"), *_NO_QUESTION),
    "--confirm": (("--yes", "use -y"), *_NO_QUESTION),
    "--non-interactive": (("--no-input", "use --no-input"),),
    "--recursive": _TREE,
    "--recurse": _TREE,
    "-R": _TREE,
    "-r": _TREE,
    "--infinity": _TREE,
    "--password": _PASSWORD,
    "-p": _PASSWORD,
    "--pass": _PASSWORD,
    "--username": (("--user", "use -u USER"),),
    "--login": (("--user", "use -u USER"),),
    "--shared": (("--scope", "use --scope shared"),),
    "--exclusive": (("--scope", "leave it out, or use --scope exclusive"),),
    "--no-verify": _NO_TLS_CHECK,
    "--no-check-certificate": _NO_TLS_CHECK,
    "--insecure-skip-verify": _NO_TLS_CHECK,
    "--ttl": _LIFE,
    "--duration": _LIFE,
    "--expires": _LIFE,
    "--timeout": _LIMIT,
    "-t": (*_LIFE, ("--token", "use --token TOKEN")),
    "--junit": (("--report", "use --report junit=FILE, or --format junit"),),
    "--tap": (("--report", "use --report tap=FILE, or --format tap"),),
    "--strict": (("--fail-level", "use --fail-level SHOULD"), ("--fail-on", "use --fail-on warning")),
    "--overwrite": (("--if-none-match", "put overwrites, unless --if-none-match '*' is given"),),
    "--all": (("--steal", "to release every lock in a tree: davlock cleanup --all URL"),),
    "--ssl-no-verify": _NO_TLS_CHECK,
    "--no-color": (("--color", "use --color never"),),
    "--no-colour": (("--color", "use --color never"),),
    "--limit": (("--max-requests", "use --max-requests N to stop after N requests"),),
    "--output-format": _OUTPUT,
    "--xml": _OUTPUT,
    "--csv": (("--format", "use --format tsv"),),
    "--debug": (("--verbose", "use -v to show requests and answers"),),
    "--trace": (("--verbose", "use -v to show requests and answers"),),
    "--parallel": (("--jobs", "use -j N"),),
    "--interval": (("--poll", "use --poll DURATION"),),
    "--follow": (("", "to follow changes: davlock watch URL"),),
    "--age": _AGE,
    "--min-age": _AGE,
    "--since": (
        *_AGE,
        ("--if-unmodified-since", "use --if-unmodified-since DATE"),
        ("", "for locks that nobody renewed for long: davlock locks -r --older-than DURATION URL"),
    ),
    "--until": (("--expires-within", "use --expires-within DURATION for locks with at most this time left"),),
    "--prune": (
        ("--yes", "use -y to release what the plan shows"),
        ("", "to release locks that were left behind: davlock cleanup URL"),
    ),
    "--for": (("--then", "leave it out: wait ends when nothing is locked; -w DURATION limits it"),),
    "--stale": (("--unrenewed-for", "use --unrenewed-for DURATION or --older-than DURATION"),),
    "--expired": (("--unrenewed-for", "use --unrenewed-for DURATION: a lock that has expired is gone"),),
    "-T": _UPLOAD,
    "--upload-file": _UPLOAD,
    "-d": _BODY,
    "--data": _BODY,
    "--data-binary": _BODY,
    "--data-raw": _BODY,
    "--body-data": _BODY,
    "-I": _HEAD,
    "--head": _HEAD,
    "--spider": _HEAD,
    "-i": _TRACE,
    "--include": _TRACE,
    "--show-headers": _TRACE,
    "--server-response": _TRACE,
    "-S": _QUIET,
    "--show-error": _QUIET,
    "-s": (("--create", "use --scope shared, or -q for the token alone"), *_QUIET),
    "--silent": _QUIET,
    "-L": _REDIRECTS,
    "--location": _REDIRECTS,
    "--max-redirs": _REDIRECTS,
    "--anyauth": _LEAVE_TO_SERVER,
    "--ntlm": (("--basic", "davlock has no NTLM; servers that want it often take Basic, too"),),
    "-U": _PROXY_USER,
    "--proxy-user": _PROXY_USER,
    "--no-proxy": (("--noproxy", "use --noproxy '*'"),),
    "-K": _CONFIG,
    "--config": _CONFIG,
    "--profile": _CONFIG,
    "-b": _COOKIE,
    "--cookie": _COOKIE,
    "--fail": _STATUS,
    "--fail-with-body": _STATUS,
    "--exit-code": _STATUS,
    "-m": (("--owner", "use --owner TEXT for what others see of the lock"), ("--max-time", "use --max-time DURATION")),
    "--message": (("--owner", "use --owner TEXT for what others see of the lock"),),
    "--comment": (("--owner", "use --owner TEXT for what others see of the lock"),),
    "--retry": _RETRY,
    "--retries": _RETRY,
    "--tries": _RETRY,
    "-E": (("--cert", "use --cert FILE"),),
    "--capath": (("--cacert", "use --cacert FILE"),),
    "--ca-certificate": (("--cacert", "use --cacert FILE"),),
    "-g": _NOTHING_TO_SET,
    "--globoff": _NOTHING_TO_SET,
    "--compressed": _NOTHING_TO_SET,
    "--http1.1": _NOTHING_TO_SET,
    "--tlsv1.2": _NOTHING_TO_SET,
    "--no-auth-cache": _NOTHING_TO_SET,
    "-O": (("--output", "use -o FILE"),),
    "--output-document": (("--output", "use -o FILE"),),
    "-w": (("--quiet", "to wait: davlock wait -w DURATION URL; for fields of the result: --json"),),
    "--write-out": _FIELDS,
    "--jq": _FIELDS,
    "--template": _FIELDS,
    "--watch": _WATCH,
    "-P": _PROGRESS,
    "--progress": _PROGRESS,
    "--progress-bar": _PROGRESS,
    "--porcelain": (("--format", "use --format tsv, or --json"),),
    "--http-user": (("--user", "use -u USER"),),
    "--http-password": _PASSWORD,
    "--pass-file": _PASSWORD,
    "--bearer": (("--oauth2-bearer", "use --oauth2-bearer TOKEN"),),
    "--trust-server-cert": _NO_TLS_CHECK,
    "--connect-to": (("--resolve", "use --resolve HOST:PORT:ADDRESS"),),
    "--transfers": (("--jobs", "use -j N"),),
    "--checkers": (("--jobs", "use -j N"),),
    "--max-depth": (("--depth", "use --depth 0, 1 or infinity"),),
    "-e": (("--scope", "leave it out: locks are exclusive, unless --scope shared is given"),),
    "-c": (("--on-loss", "write the command after --: davlock run URL -- CMD"),),
    "--command": (("--on-loss", "write the command after --: davlock run URL -- CMD"),),
    "--unlock": (("", "to release a lock: davlock unlock URL"),),
    "--lock": (("", "to take a lock: davlock lock URL"),),
    "--nonblock": (("--no-wait", "use -n"), ("--create", "leave it out: without --wait, lock gives up at once")),
    "--short": (("--quiet", "use -q to print only results"),),
    "--long": (("--why", "use --why to see evidence, tokens and the server"),),
    "-l": (
        ("--tokens", "use --tokens to see lock tokens"),
        ("--why", "use --why to see evidence, tokens and the server"),
    ),
    "-a": (("--all", "use --all"), ("", "to list the locks of a tree: davlock locks -r URL")),
}
"""Options of other tools: each with the option that must be there for an advice to hold, and the advice. ``""`` holds
everywhere.
"""

REQUEST = ("--request", "--method", "-X")
"""Options that choose a method, in curl and wget."""

_NO_WRITES = 'davlock does not; with curl, under a lock: curl -X %s -H "$(davlock lock --print if URL)" URL'

METHODS = {
    "PROPFIND": "to read properties: davlock propfind URL; to read locks: davlock locks URL",
    "OPTIONS": "to see what the server can do: davlock diagnose -v URL",
    "LOCK": "to take a lock: davlock lock URL; to renew one: davlock refresh URL",
    "UNLOCK": "to release a lock: davlock unlock URL",
    "PUT": "to write a file: davlock put FILE URL",
    "HEAD": "to look at a resource: davlock diagnose URL",
    "GET": "to look at a resource: davlock diagnose URL",
    **{method: _NO_WRITES % method for method in ("DELETE", "MOVE", "COPY", "MKCOL", "PROPPATCH", "POST")},
}
"""What to type for a method."""

_WORDS = {
    "locks": "ls list dir ll lslocks lsl find-locks get-locks show-locks",
    "diagnose": (
        "status info show who why whose query is-locked is_locked islocked locked check-lock lsof fuser "
        "discover options head inspect debug blocked"
    ),
    "unlock": "release unlck checkin check-in drop",
    "unlock --steal": "break steal force-unlock forceunlock kill breaklock break-lock",
    "refresh": "extend renew prolong touch",
    "put": "upload write send mput push copyto rcat",
    "check": "test smoke nagios icinga verify litmus selftest doctor compliance conformance",
    "run": "exec with flock do withlock with-lock keepalive heartbeat",
    "cleanup": "clean prune gc stale expire purge sweep tidy",
    "config list": "profile profiles",
    "config": "settings",
    "watch": "tail follow monitor",
    "decode": "parse",
    "propfind": "props stat propget propnames proplist getprop attr",
    "demo": "try",
    "locks -r": "scan search find du lsf",
    "locks -r --tree": "tree",
    "ledger list": "showlocks mine history journal log",
    "ledger recover": "recover rescue",
    "ledger forget": "forget",
    "explain": "error code describe translate man-page",
    "lock": "take acquire hold checkout check-out grab",
    "wait": "until sleep await poll",
    "help": "man manual usage topics",
    "completion": "complete autocomplete completions",
}
COMMANDS = {word: meant for meant, words in _WORDS.items() for word in words.split()}
"""Commands of other tools, by the one that does the same here."""

_SESSION = "davlock keeps no session: give the whole URL with each command"
_CLIENT = "who is in the way: davlock diagnose URL; what an answer means: curl -i URL | davlock explain"
_TOOL = "leave it out; davlock has diagnose, lock, unlock, locks, cleanup and put, each with a URL"
_FILES = (
    "davlock only writes with put; to release a lock: davlock unlock URL; to act under one: davlock lock --print if URL"
)

LISTS = {
    **dict.fromkeys(("finding", "findings", "rules"), "to list all findings: davlock explain --list"),
    **dict.fromkeys(("status", "statuses"), "to read about a status: davlock explain 423"),
    "checks": "to list all checks: davlock check --list",
    "servers": "to list your profiles: davlock config list",
}
"""Words for what a command lists."""

ADVICE = {
    **{word: advice for word, advice in LISTS.items() if word != "status"},
    "free": "is it free: davlock diagnose URL; until it is: davlock wait URL; to free it: davlock unlock URL",
    "version": "type: davlock --version",
    "rm": "to release a lock: davlock unlock URL; davlock deletes no files",
    "delete": "to release a lock: davlock unlock URL; davlock deletes no files",
    "remove": "to release a lock: davlock unlock URL; davlock deletes no files",
    "cp": "to upload a file: davlock put FILE URL",
    "bundle": "add --bundle FILE to the command that goes wrong",
    "bug": "add --bundle FILE to the command that goes wrong",
    "serve": "type: davlock demo --serve",
    "server": "type: davlock demo --serve",
    "shared": "type: davlock lock --scope shared URL",
    "login": "davlock keeps no session: give -u USER with each command",
    "logout": "davlock keeps no session: there is nothing to log out of",
    "auth": "davlock keeps no session: give -u USER with each command",
    "propset": "davlock changes no properties; to read them: davlock propfind URL",
    "proppatch": "davlock changes no properties; to read them: davlock propfind URL",
    "set": "davlock changes no properties; its options can stand in a profile: davlock help profiles",
    **dict.fromkeys(("curl", "wget", "xh"), _CLIENT),
    **dict.fromkeys(("svn", "git", "cadaver", "occ", "rclone", "kubectl"), _TOOL),
    **dict.fromkeys(("open", "close", "cd", "lcd", "lls", "pwd", "quit", "exit"), _SESSION),
    **dict.fromkeys(
        ("get", "mget", "cat", "download", "less"), "davlock reads no files; who locks one: davlock diagnose URL"
    ),
    **dict.fromkeys(("mv", "move", "copy", "mkcol", "mkdir", "rmcol", "rmdir", "edit", "chexec"), _FILES),
}
"""Words for which no single command is the answer."""
