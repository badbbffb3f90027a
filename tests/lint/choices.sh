#!/usr/bin/env bash
# choices.sh SOURCE: what is drawn by mcv_rng_u32 or mcv_rng_below may be public, so every place that does
# is in choices.txt with what it draws.
source "$(dirname "$0")/common.sh"

code crypto proto agent | grep -v '^crypto/base/rng\.' | xargs grep -nE 'mcv_rng_(u32|below)\(' /dev/null |
    awk -F ' *[|] *' '
        FILENAME != "-" { if (!/^#/) { file[++n] = $1; text[n] = $2 } next }
        {
            is_known = 0
            for (i = 1; i <= n; i++) if (index($0, file[i] ":") == 1 && index($0, text[i])) is_known = used[i] = 1
            if (!is_known) print $0 ": not in choices.txt"
        }
        END { for (i = 1; i <= n; i++) if (!used[i]) print file[i] ":0: there is no more " text[i] }
    ' "$LINT_DIR/choices.txt" - | verdict choices
