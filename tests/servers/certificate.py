"""Certificates that openssl makes, for the names and the days that a test wants."""

import ssl
import subprocess
from pathlib import Path

_CONFIG = """\
[ca]
default_ca = it
[it]
database = {directory}/index.txt
new_certs_dir = {directory}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = optional
[names]
subjectAltName = {names}
"""


class Certificate:
    """A certificate and its key, as the files ``cert`` and ``key``; self-signed, unless it has an ``issuer``.

    ``names`` are such as ``DNS:localhost``; ``begins`` and ``ends`` such as ``20200131000000Z``.
    """

    def __init__(
        self,
        directory: Path,
        *names: str,
        subject: str = "davlock test",
        begins: str = "20200101000000Z",
        ends: str = "20991231235959Z",
        issuer: "Certificate | None" = None,
    ) -> None:
        self.cert = str(directory / "cert.pem")
        self.key = str(directory / "key.pem")
        config, request = directory / "openssl.cnf", directory / "request.pem"
        config.write_text(_CONFIG.format(directory=directory, names=",".join(names) or "DNS:unused.invalid"))
        (directory / "index.txt").touch()
        _openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={subject}", "-keyout", self.key, "-out", str(request)),
        )
        _openssl(
            *("ca", "-batch", "-notext", "-config", str(config)),
            *(
                ("-selfsign", "-keyfile", self.key)
                if issuer is None
                else ("-cert", issuer.cert, "-keyfile", issuer.key)
            ),
            *("-in", str(request), "-out", self.cert, "-startdate", begins, "-enddate", ends),
        )

    def server_context(self) -> ssl.SSLContext:
        """For a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
