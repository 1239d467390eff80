#compdef pacectl
# Completion for zsh: pacectl knows itself what may follow.

local line
local -a found
for line in "${(@f)$(pacectl --complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ $line == :file ]] && { _files; return }
    [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
done
_describe pacectl found
