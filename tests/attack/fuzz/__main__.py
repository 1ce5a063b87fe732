"""Attack one reader: ``python -m tests.attack.fuzz READER SEED COUNT``, or ``--list`` for their names.

The figures go to stdout as one line of JSON. ``--input BASE64`` reads that input alone, and shows its traceback.
Coverage guides the mutations: by atheris if it is installed, else by a trace of a sample.
"""

import argparse
import base64
import importlib.util
import json
import sys

from tests.attack.fuzz import campaign
from tests.attack.fuzz.readers import READERS
from tests.attack.fuzz.trial import watch

parser = argparse.ArgumentParser(
    prog="python -m tests.attack.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
parser.add_argument("reader", nargs="?", choices=sorted(READERS), metavar="READER")
parser.add_argument("seed", nargs="?", type=int, default=1, metavar="SEED")
parser.add_argument("count", nargs="?", type=int, default=10_000, metavar="COUNT")
parser.add_argument("--list", action="store_true", help="print the names of the readers, and attack none")
parser.add_argument("--input", metavar="BASE64", help="read only this")
parser.add_argument("--own", action="store_true", help="do without atheris")
parser.add_argument(
    "--growth", type=float, default=0.0, metavar="SECONDS", help="measure so long if time grows faster than the input"
)
parser.add_argument("--seconds", type=float, default=600.0, help="end after these (600)")
options = parser.parse_args()
if options.list or options.reader is None:
    print("\n".join(READERS))
    sys.exit()
reader = READERS[options.reader]
if options.input is not None:
    reader.read(base64.b64decode(options.input))
    sys.exit()
watch()
if importlib.util.find_spec("atheris") is not None and not options.own:
    from tests.attack.fuzz import by_atheris

    by_atheris.run(reader, options.seed, options.count, seconds=options.seconds, growth=options.growth)
ended = campaign.run(reader, options.seed, options.count, seconds=options.seconds, growth=options.growth)
print(json.dumps(ended.report()))
