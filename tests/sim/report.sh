#!/usr/bin/env bash
# report.sh MCVSIM SCENARIO...: results.json, samples.csv and report.html of a run. The page asks nobody
# for anything, its scripts run without an error in a browser, and the scrubber moves what is shown.
# 77: no browser here.
set -euo pipefail
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "no chromium: not checked"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

sim=$1
shift

options=(--headless --disable-gpu --user-data-dir="$dir/profile" --virtual-time-budget=5000)
[ "$(id -u)" -ne 0 ] || options+=(--no-sandbox)
# browse URL [OPTIONS...]: $dir/dom
browse() {
    local url=$1
    shift
    timeout 200 "$browser" "${options[@]}" "$@" "$url" >"$dir/dom" 2>"$dir/err" || { cat "$dir/err"; exit 1; }
}

# What the files say of the run, and each other.
python3 - "$sim" "$dir/out" "$1" <<'END'
import csv, json, os, pty, subprocess, sys
sim, out, scenario = sys.argv[1:]
subprocess.run([sim, "run", scenario, "--seed", "9007199254740991", "--progress=off", "--out", out],
               stdout=subprocess.DEVNULL, check=True)
result = json.load(open(out + "/results.json"))
version = subprocess.run([sim, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
assert result["ok"] is True and result["stop"] == "reached" and len(result["trace"]) == 16
assert result["seed"] == 9007199254740991 and result["version"] == version and result["file"] == scenario
assert result["machine"]["cores"] > 0 and all(result["machine"][k] for k in ("cpu", "kernel", "compiler"))
kpis = {k["name"]: k for k in result["kpis"]}
for name in ("access", "end_to_end", "mouth_to_ear", "late_entry"):
    kpi = kpis[name]
    assert kpi["limit_us"] > 0 and kpi["pass"] is (True if kpi["n"] else None), name
    assert sum(n for _, n in kpi["histogram"]) == kpi["n"], name
assert all(name in result["totals"] for name in ("calls_tried", "calls_made", "calls_failed", "double_grants",
                                                 "wrong_arbitrators", "packets", "bytes", "air_ms"))
loads = {l["name"]: l for l in result["loads"]}
assert loads["sent"]["mean"] == result["totals"]["packets"] // result["peers"] and "crypto_us" in loads
rows = list(csv.DictReader(open(out + "/samples.csv")))
assert len(rows) == result["samples"] and result["samples_left_out"] == 0
access = [int(r["value_us"]) for r in rows if r["kpi"] == "access"]
assert len(access) == kpis["access"]["n"] and max(access) == kpis["access"]["max_us"]

# Progress: a bar on a terminal, lines of JSON on request, nothing elsewhere.
terminal, end = pty.openpty()
child = subprocess.Popen([sim, "run", scenario], stdout=subprocess.DEVNULL, stderr=end)
os.close(end)
bar = b""
try:
    while piece := os.read(terminal, 65536):
        bar += piece
except OSError: # the other end is closed
    pass
assert child.wait() == 0 and bar.startswith(b"\r[ ") and bar.endswith(b"[" + 40 * b"#" + b"] 100 %\r\n"), bar
def progress(*options):
    return subprocess.run([sim, "run", scenario, *options], stdout=subprocess.DEVNULL, check=True,
                          stderr=subprocess.PIPE, text=True).stderr.splitlines()
assert progress() == []
steps = [json.loads(line)["progress"] for line in progress("--progress=json")]
assert len(steps) > 1 and steps[-1]["virtual_us"] == steps[-1]["end_us"] == result["virtual_us"]
assert all(r["user"] and set(r) == {"at_us", "kpi", "value_us", "user", "other"} for r in rows)
END

for scenario in "$@"; do
    "$sim" run "$scenario" --progress=off --out "$dir/out" >/dev/null
    page=$dir/out/report.html
    grep -qF "content=\"default-src 'none';" "$page" || { echo "the page does not forbid requests"; exit 1; }
    if grep -oE "(https?:)?//[a-z0-9.-]+\.[a-z]+/|<(link|img|iframe)|src=|@import|url\(" "$page"; then echo "the page refers to something outside"; exit 1; fi

    browse "file://$page#check" --dump-dom
    root=$(grep -o '<html[^>]*>' "$dir/dom")
    printf '%s\n' "$root"
    [[ $root != *data-errors* ]] || { echo "a script failed"; exit 1; }
    read -ra check <<<"$(sed -n 's/.*data-check="\([^"]*\)".*/\1/p' <<<"$root" | sed 's/ s|/|/g')"
    beats=$(sed -n 's/.*data-beats="\([0-9]*\)".*/\1/p' <<<"$root")
    # forth to the end, and back again
    [ "${#check[@]}" -eq 7 ] && [ "${check[0]}" = "${check[6]}" ] && [ "${check[2]}" = "${check[5]}" ] &&
        [ "${check[4]#*|}" -eq "$beats" ] && [ "$beats" -gt 10 ] &&
        [ "$(printf '%s\n' "${check[@]:0:5}" | sort -u -t'|' -k1,1 | wc -l)" -eq 5 ] &&
        [ "${check[2]#*|}" -gt "${check[0]#*|}" ] || { echo "the scrubber did not move: ${check[*]}"; exit 1; }
    [[ $root == *data-played=* && $root != *data-played=\"0.00* ]] || { echo "it does not play"; exit 1; }
    grep -q '<td class="text">[^<]' "$dir/dom" || { echo "the tables are empty"; exit 1; }

    browse "file://$page#t=12" --window-size=1200,2400 --screenshot="$dir/shot.png"
    [ "$(stat -c %s "$dir/shot.png")" -gt 50000 ] || { echo "the screenshot is empty"; exit 1; }
done
