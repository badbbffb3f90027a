#!/bin/sh
# mcvkms on a command line: batches, what a failing user does to the others, and ctrl-C.
# usage: mcvkms.sh MCVKMS
set -eu
mcvkms=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
umask 077
head -c 32 /dev/urandom >"$dir/key"
kms() { "$mcvkms" --dir "$dir/kms" --key-file "$dir/key" "$@"; }
fail() { echo "mcvkms.sh: $1" >&2; exit 1; }
users() { seq -f 'sip:user%g@example.org' 1 "$1"; }

kms init --kms kms.example.org --gms sip:gms@example.org
kms issue $(users 40) >"$dir/out"
grep -q '^120 key sets issued for 40 users' "$dir/out" || fail "issue: $(cat "$dir/out")"
kms group create sip:team@example.org
kms group add sip:team@example.org $(users 40)
kms group messages sip:team@example.org --out "$dir/messages" >"$dir/out"
[ "$(cut -d' ' -f1 "$dir/messages")" = "$(users 40)" ] || fail "a line for each member, in their order"

# One user fails: the others have their keys, the command says who and fails.
status=0
kms issue sip:new@example.org 'sip:no good@example.org' >/dev/null 2>"$dir/err" || status=$?
[ $status = 1 ] || fail "exit status $status"
grep -q 'sip:no good@example.org: malformed' "$dir/err" || fail "$(cat "$dir/err")"
kms show | grep -q 'sip:new@example.org' || fail "a good user without keys"

# Ctrl-C: everything is as it was.
before=$(cksum "$dir/kms/kms")
"$mcvkms" --dir "$dir/kms" --key-file "$dir/key" issue $(users 20000) >/dev/null 2>&1 &
pid=$!
sleep 0.7
kill -TERM $pid # a background job of sh does not get SIGINT; both end it the same way
wait $pid && fail "it was done already"
[ "$before" = "$(cksum "$dir/kms/kms")" ] || fail "an interrupted command changed the KMS"
[ "$(ls "$dir/kms")" = "$(printf 'kms\nlock')" ] || fail "left behind: $(ls "$dir/kms")"
