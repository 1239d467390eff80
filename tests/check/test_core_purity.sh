#!/bin/sh
# daemon/core is pure: it takes nothing from outside but the symbols in core_symbols.txt, has no writable data, and
# includes no header of the system's files, clocks, threads or sockets. First the test shows that it would notice.
# Usage: test_core_purity.sh FOLDER_OF_THE_BINARIES
set -u

here=$(cd "$(dirname "$0")" && pwd)
core=$here/../../daemon/core
library=$1/../libcore.a
allowed=$here/core_symbols.txt
headers='zmq|czmq|lmdb|yaml|jansson|simdjson|systemd/|sys/|unistd|fcntl|signal|pthread|threads|syslog'
headers="$headers|time|dirent|ftw|glob|netdb|arpa/|netinet/|poll|locale|wctype|wchar|dlfcn|spawn|termios"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Names that compilers and sanitizers put in; a fortified __open_2 or __read_chk still counts as what it is.
without_tools() {
    sed -E -e '/^__(a|ub|t|m|l)san_/d' -e '/^__(sanitizer|sancov|gcov|llvm)_/d' \
        -e '/^__u?(div|mod)ti3$/d' -e '/^(__stack_chk_fail(_local)?|__tls_get_addr|_GLOBAL_OFFSET_TABLE_)$/d' -e 's/^__(.*)_chk$/\1/'
}

# The undefined symbols of an archive or object that it doesn't define itself and that aren't allowed.
foreign_symbols() {
    nm -u "$1" | sed -n 's/^ *[Uw] //p' | sort -u >"$work/undefined"
    nm --defined-only "$1" | sed -n -E 's/^[0-9a-f]+ [A-Ziuvw] //p' | sort -u >"$work/defined"
    grep -v -E '^(#|$|writable )' "$allowed" | sort -u >"$work/allowed"
    comm -23 "$work/undefined" "$work/defined" | without_tools | sort -u | comm -23 - "$work/allowed"
}

# "module section" of all data that a function could change; tables of pointers are only written by the loader.
writable_data() {
    sed -n 's/^writable //p' "$allowed" | sort -u >"$work/allowed"
    LC_ALL=C size -A "$1" | awk '
        / : *$|\(ex .*\):/ || $2 == ":" { module = $1; sub(/.*\//, "", module)
            sub(/(\.c)?\.o$/, "", module); next }
        $1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 { print module, $1 }' |
        sort -u | comm -23 - "$work/allowed"
}

# Lines that include what core must not know.
forbidden_includes() {
    grep -n -E "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($headers)[^>\"]*[>\"]" "$@"
}

# A sanitizer keeps data of its own in every object.
is_sanitized() {
    nm "$1" | grep -q -E ' __(a|ub|t)san_'
}

failures=0
fail() {
    echo "$1" >&2
    failures=$((failures + 1))
}

compile() {
    printf '%s\n' "$1" >"$work/probe.c"
    "${CC:-cc}" -O1 -w -c "$work/probe.c" -o "$work/probe.o" || fail "the probe doesn't compile: $1"
}

expect_foreign() {
    compile "$2"
    found=$(foreign_symbols "$work/probe.o" | tr '\n' ' ')
    [ "$found" = "$1" ] || fail "the check finds \"$found\" instead of \"$1\" in: $2"
}

expect_writable() {
    compile "$2"
    found=$(writable_data "$work/probe.o")
    [ "$found" = "$1" ] || fail "the check finds \"$found\" instead of \"$1\" in: $2"
}

expect_include() {
    printf '%s\n' "$2" >"$work/probe.h"
    found=$(forbidden_includes "$work/probe.h" | wc -l)
    [ "$found" -eq "$1" ] || fail "the check finds $found lines instead of $1 in: $2"
}

expect_foreign 'open ' 'int open(const char *, int, ...); int f(void) { return open("x", 0); }'
expect_foreign '__open_2 ' 'int __open_2(const char *, int); int f(void) { return __open_2("x", 0); }'
expect_foreign 'read ' 'long __read_chk(int); long f(void) { return __read_chk(0); }'
expect_foreign 'clock_gettime getenv ' \
    'char *getenv(const char *); int clock_gettime(int, void *); void *f(void) { clock_gettime(0, 0); return getenv("x"); }'
expect_foreign 'stdout ' 'extern void *stdout; void *f(void) { return stdout; }'
expect_foreign 'exp ' 'double exp(double); double f(double x) { return exp(x); }'
expect_foreign 'weak_one ' 'extern int weak_one(void) __attribute__((weak)); int f(void) { return weak_one(); }'
expect_foreign '' 'void *__memcpy_chk(void *); void *f(void *p) { return __memcpy_chk(p); }'
expect_foreign '' 'void *malloc(unsigned long); int g(void) { return 1; } void *f(void) { return malloc(g()); }'
expect_writable 'probe .data' 'int counter = 1;'
expect_writable 'probe .bss' 'int *f(void) { static int last; return &last; }'
expect_writable 'probe .tbss' '_Thread_local int last;'
expect_writable '' 'const int table[] = {1, 2}; const char *const names[] = {"a", "b"};'
expect_include 1 '#include <time.h>'
expect_include 1 '  #  include <sys/stat.h>'
expect_include 1 '#include "lmdb.h"'
expect_include 0 '#include <stdio.h>
#include "event.h"
// #include <time.h>'

[ -f "$library" ] || { echo "no $library" >&2; exit 1; }
[ "$(ar t "$library" | wc -l)" -ge 5 ] || fail "$library has hardly any modules"
for symbol in $(foreign_symbols "$library"); do
    fail "core uses $symbol: $(nm -A -u "$library" | grep -E " (__)?$symbol(_chk)?\$" | sed 's/^[^:]*://; s/:.*//' | tr '\n' ' ')"
done
if ! is_sanitized "$library"; then
    writable_data "$library" >"$work/writable"
    while read -r line; do
        fail "core has writable data (module and section): $line"
    done <"$work/writable"
fi
forbidden_includes "$core"/*/*.[ch] && fail "core includes what it must not know"

[ "$failures" -eq 0 ]
