# test_libpace.sh BIN - what other people's programs get: libpace.so shows pace_* only and has its SONAME; installed, a
# program is built against it with pkg-config, as C and as C++, from headers that need nothing else; and it runs.
set -eu
build=$(cd "$1/.." && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
library=$build/lib/libpace.so.0
for tool in nm objdump pkg-config cc c++ cmake; do
    command -v "$tool" >/dev/null || { echo "no $tool"; exit 77; }
done

fail() {
    echo "test_libpace: $*" >&2
    exit 1
}

shown=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }')
echo "$shown" | grep -v '^pace_[a-z_]*@@PACE_0$' && fail "these symbols are shown, too"
for name in $(grep -ho 'pace_[a-z_]*(' "$here/include/pace/client.h" | tr -d '(' | sort -u); do
    grep -q "PACE_API.*$name(" "$here/include/pace/client.h" || continue
    echo "$shown" | grep -q "^$name@" || fail "$name is declared and not shown"
done
objdump -p "$library" | grep -q 'SONAME *libpace\.so\.0$' || fail "the SONAME isn't libpace.so.0"
objdump -p "$library" | awk '$1 == "NEEDED" { print $2 }' |
    grep -vE '^(libc|libm|libzmq|liblmdb|libjansson|libasan|libubsan|libtsan|ld-linux-x86-64)\.so' &&
    fail "libpace needs these libraries, too"

# A sanitized library wants a sanitized program: what follows would only test that.
nm -D "$library" | grep -qE '__(asan|tsan|ubsan)_' && exit 0

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for component in libpace libpace-dev; do
    cmake --install "$build" --component "$component" --prefix "$dir" >/dev/null
done
PKG_CONFIG_PATH=$(dirname "$(find "$dir" -name libpace.pc)")
export PKG_CONFIG_PATH
flags="$(pkg-config --cflags --libs libpace) -Wl,-rpath,$(dirname "$PKG_CONFIG_PATH")"
echo '#include <pace/client.h>' >"$dir/only.c"
cc -std=c99 -pedantic -Wall -Wextra -Werror -c "$dir/only.c" -o "$dir/only.o" -I"$dir/include"
c++ -std=c++98 -Wno-long-long -Wall -Wextra -Werror -x c++ -c "$dir/only.c" -o "$dir/only.o" -I"$dir/include"
cp "$dir/share/doc/libpace-dev/examples/libpace_example.c" "$dir/example.cpp"
cc -Wall -Wextra -Werror -std=c11 "$dir/share/doc/libpace-dev/examples/libpace_example.c" -o "$dir/c" $flags
c++ -Wall -Wextra -Werror -std=c++11 "$dir/example.cpp" -o "$dir/c++" $flags

# Against a daemon: the first program's events are known to the second.
cat >"$dir/paced.yaml" <<END
indicators:
  calls: {count: sales.activity.call}
END
"$1/paced" --config "$dir/paced.yaml" --state-dir "$dir/state" --runtime-dir "$dir/run" --clock events 2>"$dir/log" &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null || true; rm -rf "$dir"' EXIT
for i in 1 2 3 4 5; do
    printf '{"specversion":"1.0","source":"/t","id":"%d","type":"sales.activity.call","subject":"r",' "$i"
    printf '"time":"2026-03-02T09:00:00Z"}\n'
done >"$dir/events"
"$dir/c" "ipc://$dir/run/ingest.sock" "$dir/outbox" <"$dir/events" >"$dir/told"
grep -q '^5 accepted, 0 known already, 0 rejected, 0 waiting$' "$dir/told" || fail "C: $(cat "$dir/told")"
{ cat "$dir/events"; echo oops; echo '[]'; } |
    "$dir/c++" "ipc://$dir/run/ingest.sock" >"$dir/told" 2>&1 && fail "a rejected event is no success"
grep -q '^line 6: bad_json: ' "$dir/told" || fail "C++: $(cat "$dir/told")"
grep -q '^line 7: no event: it is blank, or begins as a list' "$dir/told" || fail "C++: $(cat "$dir/told")"
grep -q '^0 accepted, 5 known already, 1 rejected, 0 waiting$' "$dir/told" || fail "C++: $(cat "$dir/told")"
kill "$daemon"
wait "$daemon"
