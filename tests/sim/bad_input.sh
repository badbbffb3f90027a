#!/usr/bin/env bash
# bad_input.sh MCVSIM WANTING: what cannot be is refused before the run; a stall or a lack of memory ends
# it with the state of everybody, and never with status 0. WANTING: see wanting.c.
set -euo pipefail
sim=$1 wanting=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { printf 'bad_input: %s\n' "$*"; cat "$dir/out" "$dir/err"; exit 1; }

# run PROGRAM ARGUMENTS...: $status, $dir/out, $dir/err
run() { status=0; "$@" >"$dir/out" 2>"$dir/err" || status=$?; }

printf 'name: x\nduration: 2s\ncrypto: costed\ngroups: [{name: team, peers: 3}]\n' >"$dir/head"
# refused TEXT WANTED [OPTIONS...]: the scenario with this line more is refused with these words
refused() {
    local text=$1 wanted=$2
    shift 2
    { cat "$dir/head"; printf '%s\n' "$text"; } >"$dir/s.yaml"
    run "$sim" run "$dir/s.yaml" --progress=off "$@"
    [ "$status" -eq 2 ] || fail "$text: status $status"
    grep -qF -- "$wanted" "$dir/err" || fail "$text: the message lacks \"$wanted\""
    [ ! -s "$dir/out" ] || fail "$text: something ran"
}
refused 'network: {loss: 120%}' "s.yaml:5: loss: \"120%\""
refused 'script: [{at: 1s, do: start, user: team-1, group: crew}]' "s.yaml:5: group: \"crew\" no such group"
refused 'script: [{at: 1s, do: start, user: team-9, group: team}]' "s.yaml:5: user: \"team-9\" no such user"
refused '' '--peers needs a number above 0, not "0"' --peers 0
sed -i 's/peers: 3/peers: 0/' "$dir/head"
refused '' 's.yaml:4: peers: "0"'
sed -i 's/peers: 0/peers: 3/' "$dir/head"

refused 'users: [{name: x}]
limits: sim
groups2: []' 's.yaml:7: groups2'
# what only the agents refuse, and what no machine has
printf '%s\n' 'name: x' 'duration: 2s' 'limits: sim' 'users: [{name: u}]' \
    'groups: [{name: a, members: [u]}, {name: b, members: [u]}]' >"$dir/head"
refused '' 's.yaml:4: name: "u" cannot be played: more groups than the limit'
printf '%s\n' 'name: x' 'duration: 2s' 'limits: device' 'groups: [{name: all, peers: 1000000}]' >"$dir/head"
refused '' '1000000 users need '
printf '%s\n' 'name: x' 'duration: 2s' 'crypto: costed' 'users: [{name: a}]' >"$dir/head"
refused '' "--seed needs a number below 2^53, not \"9007199254740992\"" --seed 9007199254740992
refused '' 'no group has peers' --peers 5
# a folder that cannot be written, before a run that may take long
refused '' "$dir/none/out: No such file or directory" --out "$dir/none/out"
refused '' "$dir/head: Not a directory" --out "$dir/head"
run "$sim" run "$dir"
[ "$status" -eq 2 ] && grep -q 'not a regular file' "$dir/err" || fail "a folder: status $status"
cp "$dir/head" "$dir/s.yaml"
status=0
"$sim" run "$dir/s.yaml" >/dev/full 2>"$dir/err" || status=$?
[ "$status" -eq 2 ] && grep -q 'standard output' "$dir/err" || fail "a full disk: status $status"

cat >"$dir/s.yaml" - <<'S'
name: x
duration: 9s
crypto: costed
groups: [{name: team, peers: 3}]
script:
  - {at: 1s, do: start, user: team-1, group: team}
  - {at: 3s, spread: 3s, do: talk, user: "team-*", group: team, for: 1s}
S

# what does not come true is told, and is no success: an expectation, a limit of TS 22.179
missed() { # TEXT WANTED
    { cat "$dir/s.yaml"; printf '%s\n' "$1"; } >"$dir/missed.yaml"
    run "$sim" run "$dir/missed.yaml" --progress=off --out "$dir/missed"
    [ "$status" -eq 1 ] && [ "$(tail -1 "$dir/out")" = FAILED ] || fail "$1: status $status"
    grep -qE -- "$2" "$dir/out" || fail "$1: the table lacks \"$2\""
    grep -q '"ok": false' "$dir/missed/results.json" || fail "$1: the results say that it is ok"
}
missed 'expect: [{total: bursts, min: 99}]' 'NOT  bursts at least 99 \(2\)'
missed 'expect: [{user: "team-*", event: group.joined, min: 1, after: 1s, by: 5s}]' \
    'NOT  team-\* group.joined at least 1 after 1 s by 5 s \(team-1: 0\)'
missed 'expect: [{kpi: mouth_to_ear, limit: 1ms}]' 'NOT  mouth_to_ear 95 % within 1000 us'
missed 'network: {delay: 400ms}
judge_kpis: true' 'mouth_to_ear .* FAIL: 95 % within 300 ms'
status=0
"$sim" replay "$dir/none" --seed 99999999999999999999 2>"$dir/err" || status=$?
[ "$status" -eq 2 ] && grep -q -- '--seed needs a number' "$dir/err" || fail "replay --seed: status $status"

# 512 steps of an agent that change nothing
MCV_TEST_STALL=300 run "$wanting" run "$dir/s.yaml" --progress=bar
[ "$status" -eq 3 ] || fail "stall: status $status"
grep -q 'ended early: stalled' "$dir/out" || fail "stall: not said"
for user in team-1 team-2 team-3; do grep -q "^$user: S3 wakes at [0-9]* us" "$dir/err" || fail "stall: the state of $user is missing"; done

# the N-th request for memory fails, and each after it: also while the results are written
ended=0 unwritten=0
for ((n = 0; n < 100000; n = n + 1 + n / 12)); do
    MCV_TEST_MEMORY=$n run "$wanting" run "$dir/s.yaml" --progress=off --out "$dir/results"
    case $status in
    0) break ;;
    2) grep -qE '(no|out of) memory' "$dir/err" || fail "memory for $n: not said" ;;
    3)
        if grep -q 'ended early: no memory' "$dir/out"; then
            ended=$((ended + 1))
            grep -q '^team-1: ' "$dir/err" || fail "memory for $n: no state"
        else
            unwritten=$((unwritten + 1))
            grep -q 'no memory for the results' "$dir/err" || fail "memory for $n: not said"
        fi
        ;;
    *) fail "memory for $n: status $status" ;;
    esac
done
[ "$status" -eq 0 ] && [ "$ended" -gt 0 ] && [ "$unwritten" -gt 0 ] ||
    fail "memory: $ended runs ended early, $unwritten wrote nothing, the last status was $status"
python3 -m json.tool "$dir/results/results.json" >/dev/null || fail "memory: the results are not whole"
printf '%s runs ended early for lack of memory, %s could not write; %s requests are enough\n' "$ended" "$unwritten" "$n"
