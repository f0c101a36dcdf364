
# `cargo mcp`: completed as `cargo-mcp`. All other words of `cargo` go to its former completion.
__cargo_mcp_complete() {
    local first=1
    if [[ ${COMP_WORDS[1]} == +* ]]; then
        first=2
    fi
    if [[ ${COMP_WORDS[first]} == mcp && $COMP_CWORD -gt $first ]]; then
        COMP_WORDS=(cargo-mcp "${COMP_WORDS[@]:first + 1}")
        ((COMP_CWORD -= first))
        compopt -o nosort -o bashdefault -o default 2>/dev/null
        _cargo_mcp cargo-mcp "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        return
    fi
    if [[ -z $__cargo_mcp_former ]]; then
        # bash-completion loads the completion of a command when it is used first.
        local load
        for load in _comp_load __load_completion; do
            if declare -F "$load" >/dev/null; then
                "$load" cargo
                break
            fi
        done
        __cargo_mcp_register
    fi
    if [[ $__cargo_mcp_former != none ]]; then
        "$__cargo_mcp_former" "$@"
    fi
}

# Takes the place of the completion of `cargo`, with its options.
__cargo_mcp_register() {
    local before own
    before=$(complete -p cargo 2>/dev/null)
    if [[ $before == *" -F __cargo_mcp_complete "* ]]; then
        # Nothing was loaded.
        __cargo_mcp_former=${__cargo_mcp_former:-none}
    elif [[ $before =~ " -F "([^ ]+)" " ]]; then
        __cargo_mcp_former=${BASH_REMATCH[1]}
        own=${before/" -F $__cargo_mcp_former "/" -F __cargo_mcp_complete "}
        eval "$own"
    elif [[ -z $before ]]; then
        __cargo_mcp_former=
        complete -F __cargo_mcp_complete -o bashdefault -o default cargo
    fi
}

__cargo_mcp_register
