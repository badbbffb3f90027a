# Prints "document clause" (with file and line after a tab) for every clause that is cited, as "RFC 3711 3.3.1". The
# document alone has the clause "-". Clauses are numbers, annexes and tables after their document, with
# commas, "and", "to" or "or" between them, also on the next line of a comment.
# -v spec=1: only what follows "Spec:" in a comment, up to the end of the sentence.
function is_doc(kind, number) {
    return (kind == "RFC" && number ~ /^[0-9]+$/) || (kind == "FIPS" && number ~ /^[0-9]+(-[0-9]+)?$/) ||
           (kind == "SP" && number ~ /^800-[0-9]+[A-Z]?$/) ||
           (kind ~ /^T[SR]$/ && number ~ /^[0-9][0-9]\.[0-9]+(-[0-9]+)?$/)
}
function is_glue(w) {
    return w ~ /^(and|to|or|Tables?|tables?|Annex|annex|Appendix|clauses?|section|sections)$/
}
function cite(clause) {
    if (!spec || is_open) printf "%s %s\t%s:%d\n", doc, clause, FILENAME, FNR
}
FNR == 1 { doc = kind = ""; is_open = 0 }
{
    line = $0
    gsub(/^[ \t]*\*[^\/]|^[ \t]*\*$|^[ \t]*#/, " ", line)
    gsub(/\*\/|[();"\\\/]/, " & ", line)
    n = split(line, words, /[ \t,]+/)
    for (i = 1; i <= n; i++) {
        w = words[i]
        if (w == "") continue
        if (w == "Spec:") { is_open = 1; doc = ""; continue }
        if (w == "*/") is_open = 0
        ends = w ~ /[.:]$/
        sub(/^§+/, "", w)
        sub(/[.:]+$/, "", w)
        if (w == "") continue
        if (kind != "") {
            doc = is_doc(kind, w) ? kind " " w : ""
            kind = ""
            if (doc != "") cite("-")
        } else if (w ~ /^(RFC|TS|TR|FIPS|SP)$/) {
            kind = w
        } else if (doc != "" && w ~ /^([0-9]+|[A-Z])(\.[0-9]+)*(-[0-9]+)?$/) {
            cite(w)
        } else if (!is_glue(w)) {
            doc = ""
        }
        if (ends) { doc = ""; is_open = 0 }
    }
}
