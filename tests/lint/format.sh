#!/usr/bin/env bash
# format.sh SOURCE STAMP: clang-format 14 agrees with every file (./run format makes it so), with those that
# changed since STAMP if all was well then. 77: that program is not here.
source "$(dirname "$0")/common.sh"
stamp=$2
clang-format --version 2>/dev/null | grep -q 'version 14\.' || { echo "no clang-format 14: not checked"; exit 77; }

now=$(mktemp)
trap 'rm -f "$now"' EXIT
[ ! .clang-format -nt "$stamp" ] || rm -f "$stamp"
code crypto proto agent sim tests | while read -r f; do if [ "$f" -nt "$stamp" ]; then echo "$f"; fi; done |
    xargs -r -P "$(nproc)" -n 8 clang-format --dry-run 2>&1 | sed -n 's/:.*clang-format-violations.*//p' | sort | uniq -c |
    awk '{ print $2 ": " $1 " places are not formatted" }' | verdict format
mv "$now" "$stamp"
