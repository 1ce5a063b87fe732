"""The locks of one URL, as one would write it first: click, httpx, rich and lxml, all imported. ``[-u LOGIN] URL``"""

import json

import click
import httpx
from lxml import etree
from rich.console import Console
from rich.table import Table

BODY = (
    b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/><D:supportedlock/></D:prop>'
    b"</D:propfind>"
)


@click.command()
@click.argument("url")
@click.option("-u", "--user")
@click.option("--json", "as_json", is_flag=True)
def main(url: str, user: str | None, as_json: bool) -> None:
    name, _, password = (user or "").partition(":")
    with httpx.Client(auth=(name, password) if user else None, timeout=30) as client:
        headers = {"Depth": "0", "Content-Type": "application/xml"}
        answer = client.request("PROPFIND", url, content=BODY, headers=headers).raise_for_status()
    locks = [
        {
            "token": lock.findtext("{DAV:}locktoken/{DAV:}href"),
            "owner": lock.findtext("{DAV:}owner"),
            "timeout": lock.findtext("{DAV:}timeout"),
            "depth": lock.findtext("{DAV:}depth"),
        }
        for lock in etree.fromstring(answer.content).iter("{DAV:}activelock")
    ]
    if as_json:
        click.echo(json.dumps({"url": url, "locks": locks}))
        return
    table = Table("token", "owner", "timeout", "depth")
    for lock in locks:
        table.add_row(*map(str, lock.values()))
    Console().print(table)


main()
