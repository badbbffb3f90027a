#!/usr/bin/env bash
# A run divided over 1, 2 and 4 processes has one outcome. usage: ranks.sh MCVSIM SCENARIO_DIR
set -euo pipefail
mcvsim=$1 scenarios=$2
command -v mpirun >/dev/null || { echo "no mpirun here"; exit 77; }
nm -D "$mcvsim" | grep MPI_Init >/dev/null || { echo "built without MPI"; exit 77; }
! nm "$mcvsim" | grep __tsan_init >/dev/null || { echo "the MPI library is not made for ThreadSanitizer"; exit 77; }
export ASAN_OPTIONS=detect_leaks=0 # those of the MPI library at its end
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

divided() { # N ARGUMENT...
    local n=$1
    shift
    mpirun --allow-run-as-root --oversubscribe --mca btl self,vader --mca mpi_yield_when_idle 1 -n "$n" "$mcvsim" "$@"
}

by_srun() { # N ARGUMENT...
    local n=$1
    shift
    OMPI_MCA_mpi_yield_when_idle=1 srun --immediate=5 --mpi=pmix --overcommit -n "$n" "$mcvsim" "$@"
}

# What does not say how long it took here and in how much memory.
outcome() {
    python3 - "$1" <<'END'
import json, sys
result = json.load(open(sys.argv[1] + "/results.json"))
for key in ("wall_us", "steps", "memory_bytes", "machine", "division"):
    del result[key]
print(json.dumps(result, sort_keys=True))
print(open(sys.argv[1] + "/samples.csv").read())
END
}

# One group over all processes, with losses and people who come and go, talk and call each other.
cat >"$dir/split.yaml" <<'END'
name: split
duration: 20s
crypto: costed
network: {delay: 3ms, jitter: 2ms, loss: 5%, to_bad: 1%, to_good: 20%, bad_loss: 50%}
radio: {rate_kbps: 2000, half_duplex: yes}
area: {width_m: 400, height_m: 400, sure_m: 200, range_m: 500, slowest_cm_s: 50, fastest_cm_s: 200, rests: 5s}
groups: [{name: all, peers: 17}]
load: {busy: 40%, interrupts: 30%, groups_start: yes, private_calls: 6, private_every: 2s, private_hold: 3s,
  late: 20%, late_within: 5s, churn_on: 10s, churn_off: 2s, emergency_every: 10s}
END

# Two that are shipped, over a slower network: time is in windows as long as its delay, and at the end of
# each all processes wait for each other, which takes long where others want the cores too.
for name in arbitrator-dies partition-and-heal; do
    sed 's/^duration:/network: {delay: 20ms}\n&/' "$scenarios/$name.yaml" >"$dir/$name.yaml"
done

for name in split arbitrator-dies partition-and-heal; do
    scenario=$dir/$name.yaml all=(1 2 4)
    [ "$name" = split ] || all=(4)
    "$mcvsim" run "$scenario" --out "$dir/0" >/dev/null || [ $? -eq 1 ] # what it expects is judged elsewhere
    outcome "$dir/0" >"$dir/alone"
    [ "$(wc -l <"$dir/alone")" -gt 5 ] || { echo "$name: nothing was measured"; exit 1; }
    for n in "${all[@]}"; do
        divided "$n" run "$scenario" --out "$dir/$n" >"$dir/log" 2>&1 || [ $? -eq 1 ] || { cat "$dir/log"; exit 1; }
        outcome "$dir/$n" >"$dir/divided"
        cmp "$dir/alone" "$dir/divided" || { echo "$name: another outcome with $n processes"; exit 1; }
        rm -rf "${dir:?}/$n"
    done
    if [ "$name" = split ] && srun --immediate=5 --mpi=pmix --overcommit -n 4 true 2>/dev/null; then # a cluster is at hand
        for n in 2 4; do
            by_srun "$n" run "$scenario" --out "$dir/$n" >"$dir/log" 2>&1 || [ $? -eq 1 ] || { cat "$dir/log"; exit 1; }
            outcome "$dir/$n" >"$dir/divided"
            cmp "$dir/alone" "$dir/divided" || { echo "$name: another outcome with $n tasks of srun"; exit 1; }
            rm -rf "${dir:?}/$n"
        done
        echo "$name: one outcome with srun, too"
    fi
    rm -rf "$dir/0"
    echo "$name: one outcome with ${all[*]} processes"
done

# A packet to a group crosses once to each process that has members, and to no other.
crosses() { # GROUPS TIMES
    printf 'name: x\nduration: 60s\ncrypto: costed\nnetwork: {delay: 3ms}\ngroups: [%s]\nload: {busy: 90%%, groups_start: yes}\n' "$1" >"$dir/cross.yaml"
    divided 4 run "$dir/cross.yaml" --out "$dir/cross" >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
    python3 - "$dir/cross/results.json" "$2" <<'END' || { echo "groups $1: packets do not cross $2 times"; exit 1; }
import json, sys
result = json.load(open(sys.argv[1]))
packets, division = result["totals"]["packets"], result["division"]
assert packets > 50 and division["datagrams"] == int(sys.argv[2]) * packets and division["processes"] == 4, (packets, division)
END
}
crosses '{name: all, peers: 17}' 3
crosses '{name: red, peers: 2}, {name: blue, peers: 2}' 1

# Those whom srun started without MPI would each play all of it and write over the others.
status=0
SLURM_STEP_NUM_TASKS=2 "$mcvsim" run "$dir/split.yaml" >"$dir/log" 2>&1 || status=$?
[ "$status" -eq 2 ] && grep -q 'srun --mpi=pmix' "$dir/log" || { cat "$dir/log"; echo "srun without MPI is not refused"; exit 1; }
SLURM_STEP_NUM_TASKS=1 "$mcvsim" check "$dir/split.yaml"

# What needs no other process does not wait for them, and ends as mpirun wants it.
divided 2 --help >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }

# What cannot be divided is refused by name, file and line.
refused() { # N TEXT
    local status=0
    divided "$1" run "$dir/wrong.yaml" >"$dir/log" 2>&1 || status=$?
    [ "$status" -eq 2 ] && grep -q "wrong.yaml:[0-9]*:.*$2" "$dir/log" || { cat "$dir/log"; echo "not refused: $2"; exit 1; }
}
sed 's/delay: 3ms/delay: 0ms/' "$dir/split.yaml" >"$dir/wrong.yaml"
refused 2 "a link without delay"
{ cat "$dir/split.yaml"; echo 'faults: [{channel: monp, do: drop, which: [{n: 1}]}]'; } >"$dir/wrong.yaml"
refused 2 "a fault that counts over many receivers"
sed 's/peers: 17/peers: 3/' "$dir/split.yaml" >"$dir/wrong.yaml"
refused 4 "fewer users than processes"
