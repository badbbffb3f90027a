#!/usr/bin/env bash
# spec.sh SOURCE [LEDGER]: a document that code follows ("Spec: RFC 3711 3.3.1" in a comment) is named by a
# test that checks it, or stands in exempt.txt. Whether each clause has a test, too, is only told: in
# numbers, and clause by clause in the file LEDGER.
source "$(dirname "$0")/common.sh"
ledger=${2:-/dev/null}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

code crypto proto agent sim | xargs awk -v spec=1 -f "$LINT_DIR/clauses.awk" >"$tmp/code"
# tests name clauses in comments and in the texts of their rows
find tests -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.yaml' \) -not -path 'tests/lint/*' |
    xargs awk -f "$LINT_DIR/clauses.awk" | cut -f1 | sort -u >"$tmp/tests"

awk -F'\t' '
    function document(cited) { sub(/ [^ ]*$/, "", cited); return cited }
    function has_test(cited,    t) { # itself or a part of it
        if (cited in tested) return 1
        for (t in tested) if (index(t, cited ".") == 1) return 1
        return 0
    }
    FILENAME ~ /tests$/ { tested[$1]; documents[document($1)]; next }
    seen[$1]++ { next }
    $1 ~ / -$/ { if (!(document($1) in documents)) print "missing\t" $2 ": no test names " document($1) " (name it in the test that checks it, or exempt it)"; next }
    { print (has_test($1) ? "tested" : "untested") "\t" $1 "\t" $2 }' "$tmp/tests" "$tmp/code" >"$tmp/all"

grep -v '^missing' "$tmp/all" | sort -V >"$ledger"
awk -F'\t' '$1 != "missing" { n++ } $1 == "tested" { k++ }
    END { printf "%d of %d cited clauses are named by a test, themselves or a part of them\n", k, n }' "$tmp/all"
sed -n 's/^missing\t//p' "$tmp/all" | exempt spec | verdict spec
