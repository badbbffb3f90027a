#!/usr/bin/env bash
# report.sh MCVSIM SCENARIO: results.json, samples.csv and report.html of a run. The page asks nobody for
# anything, its scripts run without an error in a browser, and the scrubber moves. 77: no browser here.
set -euo pipefail
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "no chromium: not checked"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$1" run "$2" --progress=off --out "$dir/out" >/dev/null
page=$dir/out/report.html
for f in results.json samples.csv report.html; do [ -s "$dir/out/$f" ] || { echo "$f is missing or empty"; exit 1; }; done
if grep -oE "(https?:)?//[a-z0-9.-]+\.[a-z]+/|<(link|img|iframe)|src=|@import|url\(" "$page"; then echo "the page refers to something outside"; exit 1; fi

options=(--headless --disable-gpu --user-data-dir="$dir/profile" --virtual-time-budget=5000)
[ "$(id -u)" -ne 0 ] || options+=(--no-sandbox)
timeout 200 "$browser" "${options[@]}" --dump-dom "file://$page#check" >"$dir/dom" 2>"$dir/err" || { cat "$dir/err"; exit 1; }
root=$(grep -o '<html[^>]*>' "$dir/dom")
printf '%s\n' "$root"
[[ $root != *data-errors* ]] || { echo "a script failed"; exit 1; }
check=$(sed -n 's/.*data-check="\([^"]*\)".*/\1/p' <<<"$root")
[ "$(grep -o '[0-9.]* s|' <<<"$check" | sort -u | wc -l)" -eq 5 ] || { echo "the scrubber did not move: $check"; exit 1; }
grep -q '<td class="text">[^<]' "$dir/dom" || { echo "the tables are empty"; exit 1; }

timeout 200 "$browser" "${options[@]}" --window-size=1200,2400 --screenshot="$dir/shot.png" "file://$page" >/dev/null 2>"$dir/err" || { cat "$dir/err"; exit 1; }
[ "$(stat -c %s "$dir/shot.png")" -gt 50000 ] || { echo "the screenshot is empty"; exit 1; }
