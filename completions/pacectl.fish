# Completion for fish: pacectl knows itself what may follow.
function __pacectl_complete
    set -l found (pacectl --complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found" = :file
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c pacectl -f -a '(__pacectl_complete)'
