#!/usr/bin/env bash
# demo.sh --build DIR --out DIR: the demonstration of ./run demo on what is built in DIR.
exec python3 "$(dirname "$0")/demo.py" "$@"
