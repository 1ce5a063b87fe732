"""The environment variables that davlock reads, besides DAVLOCK_<OPTION>: for the manual and ``davlock help``."""

ENVIRONMENT: tuple[tuple[str, str, str], ...] = (
    ("DAVLOCK_PASSWORD", "password_command", "The password of the user, if you typed none."),
    ("DAVLOCK_CONFIG", "password_command", "The file of profiles: davlock help profiles."),
    ("CI", "password_command", "If set, davlock asks no questions (as with --no-input) and starts no pager."),
    (
        "http_proxy, https_proxy, all_proxy, no_proxy",
        "proxy",
        "Proxies, as curl reads them (not HTTP_PROXY). -x outweighs them all.",
    ),
    ("NETRC", "netrc", "The file that --netrc reads instead of ~/.netrc."),
    ("RCLONE_CONFIG", "max_time", "The configuration of rclone, for a target on a mount of it."),
    ("DAVLOCK_PAGER, PAGER", "no_pager", "The pager for long pages: the first of these, else less or more."),
    ("LESS", "no_pager", "Options for less. If it is not set, davlock sets FRX."),
    ("NO_COLOR, FORCE_COLOR", "color", "Turn colour off or on if --color does not."),
    ("COLUMNS", "color", "The width of tables, instead of the width of the terminal."),
    ("XDG_STATE_HOME", "no_ledger", "The folder above the ledger's, instead of ~/.local/state."),
    ("XDG_CONFIG_HOME", "password_command", "The folder above that of the profiles, instead of ~/.config."),
    ("GITHUB_STEP_SUMMARY", "reports", "A file: davlock check appends a summary of its run."),
    ("SHELL", "install", "The shell to complete for, if you name none."),
    ("XDG_DATA_HOME", "install", "The folder above that of the scripts, instead of ~/.local/share."),
    ("BASH_COMPLETION_USER_DIR", "install", "The folder above that of bash's scripts."),
    ("DAVLOCK_TRACEBACK", "", "If set, a bug shows its traceback."),
)
"""The variables, the parameter that a command must have to read them (empty: every command), and what they do."""
