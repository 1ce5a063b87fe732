import time

import davlock


def lock_with_patience(url: str, tries: int = 5) -> None:
    for _ in range(tries):
        try:
            with davlock.lock(url, auth=("alice", "secret")) as lock:
                print("locked with", lock.token)
                return
        except davlock.LockRefused as refused:
            retry = refused.retry
            if retry.verdict is not davlock.RetryVerdict.AFTER_WAIT:
                raise
            print("not yet:", refused)
            time.sleep(min(retry.after_seconds or 5, 60))
    raise TimeoutError(url)


lock_with_patience("https://dav.example/team/report.odt")
