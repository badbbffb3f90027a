#!/usr/bin/env bash
# symbols.sh SOURCE NM LIBRARY...: undefined symbols of the libraries that do no I/O. symbols.txt says
# which ones are right.
source "$(dirname "$0")/common.sh"
nm=$2
shift 2

for library in "$@"; do
    name=${library##*/libmcv_}
    name=${name%.a}
    [ -s "$library" ] || { echo "$library: not there"; continue; }
    patterns=$(sed 's/#.*//' "$LINT_DIR/symbols.txt" | awk -v name="$name" '$1 == "*" || $1 == name { $1 = ""; print }')
    "$nm" -A -u "$library" | awk -v name="$name" -v patterns="$patterns" '
        BEGIN {
            n = split(patterns, p, /[ \n]+/)
            for (i = 1; i <= n; i++) if (p[i] != "") { gsub(/\*/, ".*", p[i]); all = all (all == "" ? "" : "|") p[i] }
        }
        $(NF - 1) == "U" && $NF !~ "^(" all ")$" { print name "/" $1 " needs " $NF }' | sed 's|/[^ ]*\.a:|/|; s|: needs| needs|'
done | sort -u | verdict symbols
