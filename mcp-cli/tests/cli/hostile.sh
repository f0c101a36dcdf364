# A server of both eras that keeps all rules, except the one that its argument names.
broken=$1
keeps() { [ "$broken" != "$1" ]; }
answer() { printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$id" "$1"; }
result() { answer "\"result\":$1"; }
error() { answer "\"error\":{\"code\":$1,\"message\":\"refused\"}"; }

keeps standard-output || echo Loading
while IFS= read -r line; do
    id=${line#*\"id\":}
    id=${id%%,\"method\"*}
    case $line in
        *'"an id"'*) keeps text-id || id='"another"' ;;
    esac
    capabilities='"capabilities":{"tools":{},"resources":{},"prompts":{}}'
    case $line in
        *'"notifications/cancelled"'*) keeps cancellation || exit ;;
        *'"notifications/none"'*) keeps unknown-notification || exit ;;
        *'"notifications/'*) ;;
        *'"result":{}'*) keeps unknown-response || exit ;;
        *'"no-method"'*) keeps invalid-message || exit ;;
        *'"method') keeps malformed-json || exit ;;
        *'"initialize"'*)
            version=2025-11-25
            case $line in *1999-01-01*) keeps other-version || version=1999-01-01 ;; esac
            server='"serverInfo":{"name":"hostile","version":"1"}'
            keeps negotiation || server='"serverInfo":{}'
            result "{\"protocolVersion\":\"$version\",$capabilities,$server}"
            ;;
        *'"server/discover"'*)
            versions='"supportedVersions":["2026-07-28"]'
            keeps negotiation || versions='"supportedVersions":[]'
            case $line in
                *1999-01-01*) if keeps other-version; then error -32022; else result '{}'; fi ;;
                *) result "{$versions,$capabilities}" ;;
            esac
            ;;
        *'"ping"'*)
            if keeps ping; then result '{}'; else result 7; fi
            keeps responses || printf '{"jsonrpc":"2.0","id":77,"result":{}}\n'
            ;;
        *no-such-cursor*) if keeps invalid-cursor; then error -32602; else result '{"tools":[]}'; fi ;;
        *'"tools/list"'*)
            schema='{"type":"object","properties":{"a":{"type":"integer","default":1}},"required":["a"]}'
            name=add description='"description":"Adds"'
            keeps names || name='a d d'
            keeps components || schema='{"type":"object","properties":{"a":{"type":"integer","default":1},"b":{"$ref":"#/$defs/none"}},"required":["a"]}'
            keeps descriptions || description='"title":"Add"'
            tool="{\"name\":\"$name\",$description,\"inputSchema\":$schema,\"annotations\":{\"readOnlyHint\":true}}"
            keeps list-tools || tool="$tool,{}"
            keeps twice || tool="$tool,$tool"
            result "{\"tools\":[$tool]}"
            ;;
        *'"resources/list"'*)
            resource='{"uri":"docs://a","name":"a"}'
            keeps list-resources || resource='{"name":"a"}'
            result "{\"resources\":[$resource]}"
            ;;
        *'"resources/templates/list"'*)
            if keeps list-templates; then result '{"resourceTemplates":[]}'; else result '{}'; fi
            ;;
        *'"prompts/list"'*)
            next=
            # The same page again and again.
            keeps list-prompts || next=',"nextCursor":"1"'
            prompt='{"name":"a","description":"A prompt"}'
            case $line in *'"cursor"'*) prompt= ;; esac
            result "{\"prompts\":[$prompt]$next}"
            ;;
        *no-such-method*) if keeps unknown-method; then error -32601; else error -32600; fi ;;
        *'"tools/call"'*no-such-name*)
            if keeps unknown-tool; then error -32602; else result '{"content":[],"isError":true}'; fi
            ;;
        *'"resources/read"'*no-such-name*)
            code=-32002
            case $line in *2026-07-28*) code=-32602 ;; esac
            if keeps unknown-resource; then error "$code"; else result '{"contents":[]}'; fi
            ;;
        *'"prompts/get"'*no-such-name*)
            if keeps unknown-prompt; then error -32602; else error -32603; fi
            ;;
        *'"tools/call"'*'"a":1'*)
            content='{"content":[]}'
            keeps call-tool || content='{}'
            keeps failing-tool || content='{"content":[],"isError":true}'
            result "$content"
            ;;
        *'"tools/call"'*)
            if keeps invalid-arguments; then error -32602; else result '{"content":[]}'; fi
            ;;
        *'"resources/read"'*)
            text='"text":"a"'
            keeps read-resource || text='"data":"a"'
            result "{\"contents\":[{\"uri\":\"docs://a\",$text}]}"
            ;;
        *'"prompts/get"'*)
            role=user
            keeps get-prompt || role=system
            result "{\"messages\":[{\"role\":\"$role\",\"content\":{\"type\":\"text\",\"text\":\"a\"}}]}"
            ;;
        *) error -32601 ;;
    esac
done
keeps end || exec tail -f /dev/null
