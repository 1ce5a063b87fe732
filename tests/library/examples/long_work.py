import httpx

import davlock

URL = "https://dav.example/team/report.odt"
AUTH = ("alice", "secret")


def work(client: httpx.Client, lock: davlock.LockGuard) -> None:
    for number in range(3):
        lock.check()  # raises LockLost if somebody took the lock away
        client.put(URL, content=f"draft {number}\n", headers={"If": lock.if_header}).raise_for_status()


try:
    with httpx.Client(auth=AUTH) as client, davlock.lock(URL, auth=AUTH) as lock:
        work(client, lock)
except davlock.LockRefused as error:
    print("somebody else has it:", error)
except davlock.LockLost as error:
    print("stop, and compare before you write again:", error)
except davlock.ReleaseFailed as error:
    print("all is written, but the lock stays for now:", error)
except davlock.DavlockError as error:
    print("no answer, or none that can be used:", error)
