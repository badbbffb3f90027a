#!/usr/bin/env bash
# Functions that are banned, comparisons and wipes of secrets that are not constant or not certain, words
# of unfinished work, paths of somebody's machine, files that are too long. Long functions are only told.
source "$(dirname "$0")/common.sh"
MAX_FILE_LINES=500
MAX_FUNCTION_LINES=60

banned='strcpy|strcat|stpcpy|strncpy|strncat|sprintf|vsprintf|gets|strtok|alloca|scanf|sscanf|fscanf|atoi|atol|setjmp|longjmp|rand|srand|random|tmpnam|mktemp'
secrets='ssv|rsk|ssk|pvt_secret|gmk|pck|csk|spk|mkfc|mscck|musik|dpck|k_auth|key|secret|passphrase|password|master|salt|seed'

ours() { code crypto proto agent sim; }
texts() { # every text file of the project
    find . -type f \( -path ./build -o -path ./.git -o -path '*/corpus/*' -o -path ./demo-out -o -path ./tests/lint \) -prune \
        -o -type f -print | sed 's|^\./||' | grep -vE '^(build|\.git|demo-out|tests/lint)/|/corpus/' | xargs grep -lI . | sort
}

{
    # text in comments is not code
    { ours; code tests | grep -v '^tests/support/'; } | xargs grep -nE "(^|[^_a-zA-Z0-9.>])($banned) ?\(" |
        grep -vE '^[^:]*:[0-9]*: *(/?\*|//)' | sed 's/$/   <- banned function/' || true
    ours | xargs grep -nE "mem(cmp|set)\([^;]*(\b|_)($secrets)(\b|->|\.)" | sed 's/$/   <- memcmp or memset on a secret/' |
        exempt secrets || true
    texts | xargs grep -nwE 'TODO|FIXME|XXX|HACK|[Ss]tub|[Ss]tubs' | sed 's/$/   <- unfinished work/' | exempt words || true
    texts | xargs grep -nE '/(home|root|work)/[a-z]' | sed 's/$/   <- path of a machine/' | exempt paths || true
    { ours; code tests; } | xargs wc -l | awk -v max=$MAX_FILE_LINES '$1 > max && $2 != "total" { print $2 ": " $1 " lines, more than " max }' |
        exempt length
} | verdict style
ours | xargs awk -v max=$MAX_FUNCTION_LINES '
    /^\{/ { from = FNR }
    /^\}/ { if (from && FNR - from > max) print FILENAME ":" from ": a function of " FNR - from " lines"; from = 0 }'
