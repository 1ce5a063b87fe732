"""The locks of a tree with one httpx.AsyncClient and lxml, so many requests at a time. ``URL REQUESTS``"""

import asyncio
import sys
from urllib.parse import urljoin

import httpx
from lxml import etree

BODY = (
    b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:lockdiscovery/></D:prop></D:propfind>'
)


async def main(url: str, jobs: int) -> None:
    todo: asyncio.Queue[str] = asyncio.Queue()
    todo.put_nowait(url)
    counts: list[int] = []

    async def work(client: httpx.AsyncClient) -> None:
        while True:
            here = await todo.get()
            answer = await client.request("PROPFIND", here, headers={"Depth": "1"}, content=BODY)
            for element in etree.fromstring(answer.content).iterfind("{DAV:}response"):
                href = urljoin(here, element.findtext("{DAV:}href") or "")
                counts.append(len(element.findall(".//{DAV:}activelock")))
                if element.find(".//{DAV:}collection") is not None and href != here:
                    todo.put_nowait(href)
            todo.task_done()

    limits = httpx.Limits(max_connections=jobs, max_keepalive_connections=jobs)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        workers = [asyncio.create_task(work(client)) for _ in range(jobs)]
        await todo.join()
        for worker in workers:
            worker.cancel()
    print(sum(counts), "locks")


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
