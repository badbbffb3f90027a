#!/usr/bin/env bash
# crypto <- proto <- agent <- sim: who may include what. layers.txt says it.
source "$(dirname "$0")/common.sh"

code crypto proto agent sim | xargs grep -nE '^[ \t]*#[ \t]*include' | awk '
    function allows(list, what,    i, n, item) { # an item that ends with / or * is a prefix
        n = split(list, item, " ")
        for (i = 1; i <= n; i++) {
            if (item[i] == "!" what) return 0
            if (item[i] == what) return 1
            if (item[i] ~ /[\/*]$/ && index(what, substr(item[i], 1, length(item[i]) - (item[i] ~ /\*$/))) == 1) return 1
        }
        return 0
    }
    NR == FNR {
        sub(/#.*/, "")
        if (NF < 2) next
        key = $1; $1 = ""
        gsub(/LIBC/, libc)
        if (key == "LIBC") libc = $0
        else { prefix[++n_prefix] = key; may[key] = $0 }
        next
    }
    {
        split($0, part, ":")
        what = $0; sub(/^[^"<]*/, "", what); gsub(/[" \t]/, "", what); sub(/\/[*\/].*/, "", what)
        if (what !~ /^</) {
            root = what
            if (what ~ /\.pb-c\.h$/) sub(/pb-c\.h$/, "proto", root)
            if ((getline line < root) < 0) print part[1] ":" part[2] ": there is no " root " at the root"
            close(root)
        }
        best = ""
        for (i = 1; i <= n_prefix; i++)
            if (index(part[1], prefix[i]) == 1 && length(prefix[i]) > length(best)) best = prefix[i]
        if (best == "") print part[1] ": layers.txt has no line for it"
        else if (!allows(may[best], what)) print part[1] ":" part[2] ": " best " does not include " what
    }' "$LINT_DIR/layers.txt" - | verdict includes
