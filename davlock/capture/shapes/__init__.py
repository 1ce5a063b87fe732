"""Every shape, in order of precedence: what says more speaks before what says less."""

from davlock.capture.shapes.clients import CLIENTS
from davlock.capture.shapes.consoles import CONSOLES
from davlock.capture.shapes.exceptions import EXCEPTIONS
from davlock.capture.shapes.server_logs import JSON_LOGS, SERVER_LOGS
from davlock.capture.shapes.shape import JsonShape, LineShape, Shape, TranscriptShape
from davlock.capture.shapes.transcripts import TRANSCRIPTS

LINES: tuple[LineShape, ...] = (*CLIENTS, *EXCEPTIONS, *SERVER_LOGS, *CONSOLES)
SHAPES: tuple[Shape, ...] = (*TRANSCRIPTS, *JSON_LOGS, *LINES)

__all__ = ["JSON_LOGS", "LINES", "SHAPES", "TRANSCRIPTS", "JsonShape", "LineShape", "Shape", "TranscriptShape"]
