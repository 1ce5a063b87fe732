"""How to reach a server and to log in: the options of every command that asks one."""

import click

from davlock.cli.duration import DURATION


def without_lost_secret(context: click.Context, parameter: click.Parameter, login: str | None) -> str | None:
    """``USER`` for a ``USER:`` of the environment, whose secret CI does not have. One that was typed stays as it is."""
    if login is None or context.get_parameter_source(str(parameter.name)) is not click.core.ParameterSource.ENVIRONMENT:
        return login
    user, _, password = login.partition(":")
    return login if password else user


CONNECTION_OPTIONS = (
    click.option(
        "-u",
        "--user",
        metavar="USER[:PASSWORD]",
        callback=without_lost_secret,
        help="User to log in as. davlock asks for the password, unless DAVLOCK_PASSWORD or another option has it.",
    ),
    click.option("--password-file", metavar="FILE", help="Read the password from the first line of FILE ('-': stdin)."),
    click.option(
        "--password-command",
        metavar="COMMAND",
        help="Take the password from the first line that COMMAND prints. davlock runs it once, without a shell.",
    ),
    click.option("--basic", is_flag=True, help="Send only Basic credentials."),
    click.option("--digest", is_flag=True, help="Send only Digest credentials."),
    click.option("--negotiate", is_flag=True, help="Log in with your Kerberos ticket (SPNEGO)."),
    click.option("--oauth2-bearer", metavar="TOKEN", help="Bearer token to send."),
    click.option("--netrc", is_flag=True, help="Take the login from ~/.netrc; with -u, only the password."),
    click.option("--keyring", is_flag=True, help="Take the password from the keyring of your desktop."),
    click.option(
        "--allow-insecure-auth",
        is_flag=True,
        help="Do not warn if a password or token goes over plain http to another host.",
    ),
    click.option("-k", "--insecure", is_flag=True, help="Accept any TLS certificate."),
    click.option("--cacert", metavar="FILE", help="Trust the certificate authorities in FILE (PEM)."),
    click.option("--cert", metavar="FILE", help="Client certificate: PEM, or PKCS#12 (.p12, .pfx) with its key."),
    click.option("--key", metavar="FILE", help="Key of the client certificate (PEM)."),
    click.option(
        "--cert-type",
        type=click.Choice(("PEM", "P12"), case_sensitive=False),
        help="What --cert is. Not needed: davlock sees it.",
    ),
    click.option(
        "--pass",
        "key_password",
        envvar="DAVLOCK_PASS",
        metavar="PASSWORD",
        help="Password of that key. davlock asks for it if it is needed.",
    ),
    click.option("-x", "--proxy", metavar="URL", help="Proxy to go through."),
    click.option("--noproxy", metavar="LIST", help="Hosts to reach without a proxy, as in no_proxy ('*': all)."),
    click.option(
        "--resolve",
        metavar="HOST:PORT:ADDRESS[,ADDRESS]...",
        multiple=True,
        help="Connect to ADDRESS for this host and port ('*': any host). Repeatable.",
    ),
    click.option("--unix-socket", metavar="PATH", help="Connect through this Unix socket."),
    click.option("-4", "--ipv4", is_flag=True, help="Use only IPv4 addresses."),
    click.option("-6", "--ipv6", is_flag=True, help="Use only IPv6 addresses."),
    click.option("--connect-timeout", type=DURATION, default=10.0, show_default="10s", help="Longest time to connect."),
    click.option("--max-time", type=DURATION, default=60.0, show_default="60s", help="Longest time for one request."),
    click.option(
        "--deadline",
        type=DURATION,
        metavar="DURATION",
        show_default="1h for walks",
        help="Longest time for the whole command.",
    ),
    click.option("-A", "--user-agent", metavar="STRING", help="User-Agent to send."),
    click.option("-H", "--header", metavar="NAME:VALUE", multiple=True, help="Another header to send. Repeatable."),
    click.option(
        "--retry-budget",
        type=DURATION,
        default=0.0,
        show_default="0",
        help="Wait up to this long in all after 429 or 503, and retry what is safe to send twice.",
    ),
)
