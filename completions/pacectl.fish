# Completion for fish of pacectl, paced and pace-sim: pacectl knows itself what may follow, the other two are asked for their help.
function __pacectl_complete
    set -l found (pacectl --complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found" = :file
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end

function __paced_complete
    set -l before (commandline -opc)
    set -l help ($before[1] --help 2>/dev/null)
    set -l values (string match -rg -- "$before[-1] ([a-z]+(?:\|[a-z]+)+)" $help)
    if string match -q -- '--*' $before[-1]; and set -q values[1]
        string split '|' $values[1]
    else if string match -q -- '-*' (commandline -ct)
        string match -ra -- '--[a-z][a-z-]*' $help | sort -u
    else
        __fish_complete_path (commandline -ct)
    end
end

complete -c pacectl -f -a '(__pacectl_complete)'
complete -c paced -f -a '(__paced_complete)'
complete -c pace-sim -f -a '(__paced_complete)'
