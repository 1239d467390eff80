# Completion for bash of pacectl, paced and pace-sim. pacectl knows itself what may follow (pacectl --complete), so that
# it stands in one table; the other two are asked for their help.

_pacectl() {
    local word rest
    COMPREPLY=()
    while IFS=$'\t' read -r word rest; do
        if [[ $word == :file ]]; then
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")
            return
        fi
        COMPREPLY+=("$(printf %q "$word")")
    done < <("$1" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

_paced() {
    local help value current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    help=$("$1" --help 2>/dev/null)
    value=$(grep -oE -- "$before [a-z]+(\|[a-z]+)+" <<<"$help" | head -n 1)
    if [[ $before == --* && -n $value ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(tr '|' ' ' <<<"${value#* }")" -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(grep -oE -- '--[a-z][a-z-]*' <<<"$help" | sort -u)" -- "$current")
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _pacectl pacectl
complete -F _paced paced pace-sim
