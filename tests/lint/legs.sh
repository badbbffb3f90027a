#!/usr/bin/env bash
# ./run test --all with a cmake and a ctest that only answer: every leg has its turn, what failed is told
# at the end and in the exit status.
source "$(dirname "$0")/common.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"/bin "$dir"/build/{release,dev,clang,tsan,i386,s390x}/Testing/Temporary "$dir"/build/sysroot/{i386,s390x}
touch "$dir"/build/sysroot/{i386,s390x}/complete
cp run "$dir"

cat >"$dir/bin/cmake" <<'END'
#!/usr/bin/env bash
# --preset NAME, or --build --preset NAME
for name; do :; done
[ "$1 $name" != "--$BREAKS" ]
END
cat >"$dir/bin/ctest" <<'END'
#!/usr/bin/env bash
# --test-dir build/NAME ...
[ "$2" != build/tsan ] || { printf '3:test_one\n17:test_two\n' >"$2/Testing/Temporary/LastTestsFailed.log"; exit 8; }
END
chmod +x "$dir"/bin/*

# check WHAT EXPECTED: the summary of a run in which cmake fails at WHAT
check() {
    local status=0 said
    said=$(BREAKS=$1 PATH="$dir/bin:$PATH" "$dir/run" test --all --no-install 2>&1) || status=$?
    said=$(sed -e '1,/^== what became of it/d' -e 's/ *[0-9]* s  /: /' <<<"$said" | paste -sd';')
    [ "$said" = "$2" ] || echo "run:1: cmake fails at '$1': told \"$said\", not \"$2\""
    [ "$status" = 1 ] || echo "run:1: cmake fails at '$1': exit status $status"
}
{
    check nothing 'release: passed;dev: passed;clang: passed;tsan: FAILED: test_one test_two;i386: passed;s390x: passed'
    check 'preset dev' 'release: passed;dev: FAILED: does not build;clang: passed;tsan: FAILED: test_one test_two;i386: passed;s390x: passed'
    check 'build clang' 'release: passed;dev: passed;clang: FAILED: does not build;tsan: FAILED: test_one test_two;i386: passed;s390x: passed'
    BREAKS=nothing PATH="$dir/bin:$PATH" "$dir/run" test --no-install >/dev/null ||
        echo "run:1: nothing fails: exit status $?"
} | verdict legs
