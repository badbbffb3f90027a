# For the lint scripts: sourced with the source folder as first argument. A finding is a line
# "file:line: what"; any finding fails the script.
set -euo pipefail
LINT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$1"

# code FOLDER...: C files and headers below these folders
code() { find "$@" -name '*.[ch]' -not -path '*/corpus/*' | sort; }

# exempt RULE: the findings on standard input, less those of this rule in exempt.txt; tells when nothing
# needs an exemption.
exempt() {
    awk -F ' *[|] *' -v rule="$1" '
        FILENAME != "-" { if ($1 == rule) { start[++n] = $2; text[n] = $3 } next }
        { for (i = 1; i <= n; i++) if (index($0, start[i]) == 1 && index($0, text[i])) { used[i] = 1; next } print }
        END { for (i = 1; i <= n; i++) if (!used[i]) print "note: nothing needs the exemption \"" text[i] "\"" >"/dev/stderr" }
    ' "$LINT_DIR/exempt.txt" -
}

# verdict NAME: prints the findings on standard input; fails when there are any
verdict() {
    local n=0 line
    while IFS= read -r line; do printf '%s\n' "$line"; n=$((n + 1)); done
    printf '%s: %d findings\n' "$1" "$n"
    [ "$n" -eq 0 ]
}
