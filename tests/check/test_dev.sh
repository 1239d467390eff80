#!/bin/sh
# A word that ./dev doesn't know is told with those that there are, before anything is installed or built.
set -eu
cd "$(dirname "$0")/../.."

# says CODE TEXT WORD...
says() {
    code=$1 text=$2
    shift 2
    told=$(./dev "$@" 2>&1) && is=0 || is=$?
    case "$is $(printf '%s\n' "$told" | tail -n 1)" in
        "$code dev: "*"$text"*) ;;
        *) printf './dev %s: %s %s\n' "$*" "$is" "$told"; exit 1 ;;
    esac
}

says 2 'there is no command "nonsense"' nonsense
says 1 'is not a preset: release' build nonsense
says 1 'test or test full' test nonsense
says 1 'is not a fuzz target: config control' fuzz nonsense
says 1 'takes no arguments' lint nonsense
