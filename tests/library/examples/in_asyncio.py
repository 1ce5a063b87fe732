import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

import davlock

URL = "https://dav.example/team/report.odt"
AUTH = ("alice", "secret")


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[davlock.LockGuard]:
    manager = davlock.lock(url, auth=AUTH)
    lock = await asyncio.to_thread(manager.__enter__)
    try:
        yield lock
    finally:
        await asyncio.to_thread(manager.__exit__, *sys.exc_info())


async def main() -> None:
    diagnosis = await asyncio.to_thread(davlock.diagnose, URL, auth=AUTH)
    print(diagnosis.verdict.value)
    async with locked(URL) as lock, httpx.AsyncClient(auth=AUTH) as client:
        answer = await client.put(URL, content=b"new", headers={"If": lock.if_header})
        print(answer.status_code)


asyncio.run(main())
