
# `cargo mcp`: completed as `cargo-mcp`.
function __fish_cargo_mcp_words
    set -l words (commandline -opc)
    set -e words[1]
    if string match -q -- '+*' "$words[1]"
        set -e words[1]
    end
    test "$words[1]" = mcp; or return
    set -e words[1]
    complete --do-complete "cargo-mcp "(string join " " -- (string escape -- $words) "")(commandline -ct)
end
complete -c cargo -f -a '(__fish_cargo_mcp_words)'
