"""The child process of a measurement, started by app.bench.child."""

import sys

from app.bench.child import main

main(*sys.argv[1:])
