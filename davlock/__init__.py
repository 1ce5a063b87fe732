"""davlock: who holds which WebDAV lock, and what to do about it.

The names in ``__all__`` are for programs, and follow semantic versioning: they change in an incompatible way only with
the first number of the version, or the second one before 1.0. Everything else in this package may change at any time.

Kept empty of imports: a name is loaded when somebody asks for it. So ``davlock --version`` costs no more than starting
Python, and ``import davlock`` costs a program nothing.
"""

TYPE_CHECKING = False

if TYPE_CHECKING:
    from davlock.diagnosis.finding import Certainty, Finding, Remedy, Retry, RetryVerdict, Risk, Severity, Verdict, Who
    from davlock.diagnosis.skipped import Skipped
    from davlock.errors import DavlockError, LocalProtocolError, NoResponse, NoResponseKind, RemoteProtocolError
    from davlock.library.errors import LockLost, LockRefused, ReleaseFailed
    from davlock.library.explaining import ReceivedResponse, explain
    from davlock.library.holding import LockContext, lock
    from davlock.library.reading import diagnose, discover
    from davlock.library.session import NetworkOptions
    from davlock.library.tending import LockGuard
    from davlock.library.values import Lock, LockDiagnosis, LockDiscovery, SuggestedStep

__version__ = "0.2.0"

__all__ = [
    "Certainty",
    "DavlockError",
    "Finding",
    "LocalProtocolError",
    "Lock",
    "LockContext",
    "LockDiagnosis",
    "LockDiscovery",
    "LockGuard",
    "LockLost",
    "LockRefused",
    "NetworkOptions",
    "NoResponse",
    "NoResponseKind",
    "ReceivedResponse",
    "ReleaseFailed",
    "Remedy",
    "RemoteProtocolError",
    "Retry",
    "RetryVerdict",
    "Risk",
    "Severity",
    "Skipped",
    "SuggestedStep",
    "Verdict",
    "Who",
    "__version__",
    "diagnose",
    "discover",
    "explain",
    "lock",
]

_MODULES = {
    "diagnosis.finding": (
        "Certainty",
        "Finding",
        "Remedy",
        "Retry",
        "RetryVerdict",
        "Risk",
        "Severity",
        "Verdict",
        "Who",
    ),
    "diagnosis.skipped": ("Skipped",),
    "errors": ("DavlockError", "LocalProtocolError", "NoResponse", "NoResponseKind", "RemoteProtocolError"),
    "library.errors": ("LockLost", "LockRefused", "ReleaseFailed"),
    "library.explaining": ("ReceivedResponse", "explain"),
    "library.holding": ("LockContext", "lock"),
    "library.reading": ("diagnose", "discover"),
    "library.session": ("NetworkOptions",),
    "library.tending": ("LockGuard",),
    "library.values": ("Lock", "LockDiagnosis", "LockDiscovery", "SuggestedStep"),
}


if not TYPE_CHECKING:  # or a misspelt name would pass for one that is there

    def __getattr__(name: str) -> object:
        """Load a public name when it is first asked for."""
        from importlib import import_module

        for module, names in _MODULES.items():
            if name in names:
                value: object = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
