#!/usr/bin/env bash
# scenario.sh MCVSIM SCENARIO SEED RUNS: the scenario expects something, passes, and every run has the same
# trace.
set -euo pipefail
first=
for _ in $(seq "$4"); do
    out=$("$1" run "$2" --seed "$3" --progress=off) || { status=$?; printf '%s\n' "$out"; exit "$status"; }
    trace=$(sed -n 's/^ *trace \([0-9a-f]*\).*/\1/p' <<<"$out")
    grep -q '^  ok ' <<<"$out" || { printf 'nothing is expected of it:\n%s\n' "$out"; exit 1; }
    [ -n "$trace" ] || { printf 'no trace in:\n%s\n' "$out"; exit 1; }
    [ "${first:=$trace}" = "$trace" ] || { printf 'trace %s, then %s\n' "$first" "$trace"; exit 1; }
done
printf '%s\n' "$out"
