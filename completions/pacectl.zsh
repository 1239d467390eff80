#compdef pacectl paced pace-sim
# Completion for zsh: pacectl knows itself what may follow, the other two are asked for their help.

_pace_asked() {
    local line
    local -a found
    for line in "${(@f)$(pacectl --complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ $line == :file ]] && { _files; return }
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    _describe pacectl found
}

_pace_helped() {
    local help="$($words[1] --help 2>/dev/null)" before=$words[CURRENT-1] values
    values=$(grep -oE -- "$before [a-z]+(\|[a-z]+)+" <<<$help | head -n 1)
    if [[ $before == --* && -n $values ]]; then
        compadd -- ${(s:|:)values#* }
    elif [[ $words[CURRENT] == -* ]]; then
        compadd -- ${(f)"$(grep -oE -- '--[a-z][a-z-]*' <<<$help | sort -u)"}
    else
        _files
    fi
}

if [[ $service == pacectl ]]; then
    _pace_asked
else
    _pace_helped
fi
