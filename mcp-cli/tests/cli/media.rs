//! A server of files, whose names and types try to lead out of a directory.

use std::process::Command;

/// Answers the requests of a session.
const SERVER: &str = r#"
while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"initialize"'*) result='{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"resources":{},"prompts":{}},"serverInfo":{"name":"media","version":"1"}}' ;;
        *'"tools/list"'*) result='{"tools":[{"name":"draw","inputSchema":{"type":"object"}}]}' ;;
        *'"tools/call"'*) result='{"content":[
            {"type":"image","mimeType":"image/png","data":"AQID"},
            {"type":"audio","mimeType":"../../escape","data":"AQ=="},
            {"type":"resource","resource":{"uri":"file:///../../x","mimeType":"application/pdf","blob":"AQI="}},
            {"type":"resource_link","uri":"docs://a","name":"a","mimeType":"text/plain"}]}' ;;
        *'"resources/read"'*'picture:'*) result='{"contents":[{"uri":"picture://1","mimeType":"text/plain","blob":"AQID"}]}' ;;
        *'"prompts/list"'*) result='{"prompts":[{"name":"look"}]}' ;;
        *'"prompts/get"'*) result='{"messages":[{"role":"user","content":{"type":"image","mimeType":"image/png","data":"AQID"}}]}' ;;
        *'"resources/read"'*) result='{"contents":[{"uri":"a://1","text":"one"},{"uri":"a://2","blob":"AQ=="}]}' ;;
        *'"id"'*) result='{}' ;;
        *) continue ;;
    esac
    printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$result" | tr -d '\n'
    echo
done
"#;

/// Adds the server to a command line.
pub(crate) fn media_server(command: &mut Command) -> &mut Command {
    media_server_with(command, "AQID")
}

/// The same, with an image in base64.
pub(crate) fn media_server_with<'a>(command: &'a mut Command, image: &str) -> &'a mut Command {
    command.args(["--", "sh", "-c", &SERVER.replace("AQID", image)])
}
