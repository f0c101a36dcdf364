//! Members of every type that a peer sends: `null` for what may be absent, and decorations of the wrong
//! form, lose nothing around them.

#![allow(missing_docs)]

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ICON: &str = r#"{"src":"a:b","mimeType":"image/png","sizes":["48x48"],"theme":"dark"}"#;
const ANNOTATIONS: &str =
    r#"{"audience":["user"],"priority":0.5,"lastModified":"2025-01-12T15:00:58Z"}"#;

fn value(text: &str) -> Value {
    let text = text.replace("ICON", ICON).replace("ANNOTATIONS", ANNOTATIONS);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Members whose contents have no form.
const FREE: [&str; 8] = [
    "/_meta/",
    "/inputSchema/",
    "/outputSchema/",
    "/requestedSchema/",
    "/structuredContent/",
    "/metadata/",
    "/experimental/a/",
    "/data/",
];

/// Paths of all members, as JSON pointers.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, inner)| (key.clone(), inner)).collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(at, inner)| (at.to_string(), inner)).collect()
        }
        _ => return,
    };
    for (key, inner) in members {
        let path = format!("{path}/{}", key.replace('/', "~1"));
        if value.is_object() {
            found.push(path.clone());
        }
        paths(inner, &path, found);
    }
}

/// Reads the sample with another value for one member, as text and as a value.
fn read<T: DeserializeOwned + Serialize>(
    sample: &Value,
    path: &str,
    with: &Value,
) -> Option<Value> {
    let mut changed = sample.clone();
    *changed.pointer_mut(path).unwrap() = with.clone();
    let from_text = serde_json::from_str::<T>(&changed.to_string()).ok();
    let from_value = serde_json::from_value::<T>(changed.clone()).ok();
    assert_eq!(from_text.is_some(), from_value.is_some(), "{changed}");
    from_text.map(|read| serde_json::to_value(read).unwrap())
}

/// Checks a type by a sample with all its members.
///
/// `null` is refused for the `required` members only. Beside these, members of the wrong form are
/// refused for the `deciding` ones only.
#[track_caller]
fn check<T: DeserializeOwned + Serialize>(sample: &str, required: &[&str], deciding: &[&str]) {
    let sample = value(sample);
    let whole: T = serde_json::from_value(sample.clone()).unwrap();
    assert_eq!(serde_json::to_value(whole).unwrap(), sample, "the sample is kept");
    let mut all = Vec::new();
    paths(&sample, "", &mut all);
    for listed in required.iter().chain(deciding) {
        assert!(all.iter().any(|path| path == listed), "{listed} is in no sample");
    }
    for path in all.iter().map(String::as_str) {
        // What is free has no form.
        if FREE.iter().any(|free| path.contains(free)) {
            continue;
        }
        let absent = read::<T>(&sample, path, &Value::Null);
        assert_eq!(absent.is_none(), required.contains(&path), "{path}: null in {sample}");
        let was = sample.pointer(path).unwrap();
        for wrong in [json!(1.5), json!("wrong"), json!({ "a": 1.5 }), json!([[1.5]]), json!(true)]
        {
            if std::mem::discriminant(&wrong) == std::mem::discriminant(was) {
                continue;
            }
            let accepted = read::<T>(&sample, path, &wrong).is_some();
            let decides = required.contains(&path) || deciding.contains(&path);
            assert!(accepted || decides, "{path}: {wrong} in {sample}");
        }
    }
}

#[test]
fn components() {
    check::<Tool>(
        r#"{"name":"t","title":"T","description":"d","inputSchema":{"type":"object"},"outputSchema":{"type":"object"},"annotations":{"title":"T","readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,"openWorldHint":false},"execution":{"taskSupport":"optional"},"icons":[ICON],"_meta":{"a":1}}"#,
        &["/name", "/inputSchema"],
        &[],
    );
    check::<Resource>(
        r#"{"uri":"a:b","name":"n","title":"N","description":"d","mimeType":"a/b","size":12,"annotations":ANNOTATIONS,"icons":[ICON],"_meta":{"a":1}}"#,
        &["/uri", "/name"],
        &[],
    );
    check::<ResourceTemplate>(
        r#"{"uriTemplate":"a:{b}","name":"n","title":"N","description":"d","mimeType":"a/b","annotations":ANNOTATIONS,"icons":[ICON],"_meta":{"a":1}}"#,
        &["/uriTemplate", "/name"],
        &[],
    );
    check::<Prompt>(
        r#"{"name":"p","title":"P","description":"d","arguments":[{"name":"a","title":"A","description":"d","required":true}],"icons":[ICON],"_meta":{"a":1}}"#,
        &["/name"],
        &[],
    );
    check::<Icon>(ICON, &["/src"], &[]);
    check::<Annotations>(ANNOTATIONS, &[], &[]);
    check::<Implementation>(
        r#"{"name":"n","title":"N","version":"1","description":"d","websiteUrl":"https://a","icons":[ICON]}"#,
        &["/name", "/version"],
        &[],
    );
    check::<Root>(r#"{"uri":"file:///a","name":"A","_meta":{"a":1}}"#, &["/uri"], &[]);
}

#[test]
fn content() {
    let both = r#""annotations":ANNOTATIONS,"_meta":{"a":1}"#;
    check::<Content>(&format!(r#"{{"type":"text","text":"a",{both}}}"#), &["/type", "/text"], &[]);
    for kind in ["image", "audio"] {
        check::<Content>(
            &format!(r#"{{"type":"{kind}","data":"","mimeType":"a/b",{both}}}"#),
            &["/type", "/data", "/mimeType"],
            &[],
        );
    }
    check::<Content>(
        &format!(
            r#"{{"type":"resource_link","uri":"a:b","name":"n","size":12,"icons":[ICON],{both}}}"#
        ),
        &["/type", "/uri", "/name"],
        &[],
    );
    check::<Content>(
        &format!(
            r#"{{"type":"resource","resource":{{"uri":"a:b","mimeType":"a/b","text":"t","_meta":{{"a":1}}}},{both}}}"#
        ),
        &["/type", "/resource", "/resource/uri", "/resource/text"],
        &[],
    );
    check::<ResourceContents>(r#"{"uri":"a:b","blob":""}"#, &["/uri", "/blob"], &[]);
    // The other of the two members is often there as `null`.
    let both = r#"{"uri":"a:b","mimeType":null,"text":"t","blob":null}"#;
    let contents: ResourceContents = serde_json::from_str(both).unwrap();
    assert_eq!(contents.as_text(), Some("t"));
    let both = r#"{"uri":"a:b","text":null,"blob":"AA=="}"#;
    let contents: ResourceContents = serde_json::from_str(both).unwrap();
    assert_eq!(contents.body, ResourceBody::Blob("AA==".into()));
}

#[test]
fn results() {
    check::<CallToolResult>(
        r#"{"content":[],"structuredContent":{"a":1},"isError":true,"_meta":{"a":1}}"#,
        &[],
        &["/content", "/structuredContent", "/isError"],
    );
    fn page<T: DeserializeOwned + Serialize>(member: &str) {
        let rest = r#""nextCursor":"c","ttlMs":5,"cacheScope":"public","_meta":{"a":1}"#;
        let sample = format!(r#"{{"{member}":[],{rest}}}"#);
        check::<T>(&sample, &[], &[&format!("/{member}"), "/nextCursor"]);
    }
    page::<ListToolsResult>("tools");
    page::<ListResourcesResult>("resources");
    page::<ListResourceTemplatesResult>("resourceTemplates");
    page::<ListPromptsResult>("prompts");
    check::<ReadResourceResult>(
        r#"{"contents":[],"ttlMs":5,"cacheScope":"private","_meta":{"a":1}}"#,
        &[],
        &["/contents"],
    );
    check::<GetPromptResult>(
        r#"{"description":"d","messages":[],"_meta":{"a":1}}"#,
        &[],
        &["/messages"],
    );
    check::<CompleteResult>(
        r#"{"completion":{"values":["a"],"total":9,"hasMore":true},"_meta":{"a":1}}"#,
        &["/completion"],
        &["/completion/values"],
    );
    check::<InitializeResult>(
        r#"{"protocolVersion":"1","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"s","version":"1"},"instructions":"i","_meta":{"a":1}}"#,
        &["/protocolVersion", "/serverInfo", "/serverInfo/name", "/serverInfo/version"],
        &["/capabilities"],
    );
    check::<DiscoverResult>(
        r#"{"supportedVersions":["1"],"capabilities":{},"instructions":"i","ttlMs":5,"cacheScope":"public","_meta":{"a":1}}"#,
        &["/supportedVersions"],
        &["/capabilities"],
    );
    check::<ProtocolError>(r#"{"code":1,"message":"m","data":{"a":1}}"#, &["/code"], &["/message"]);
}

#[test]
fn capabilities() {
    check::<ServerCapabilities>(
        r#"{"experimental":{"a":{"b":1}},"logging":{},"completions":{},"prompts":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"tools":{"listChanged":true},"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}},"extensions":{"a/b":{}}}"#,
        &[],
        &[],
    );
    check::<ClientCapabilities>(
        r#"{"experimental":{"a":{"b":1}},"roots":{"listChanged":true},"sampling":{"context":{},"tools":{}},"elicitation":{"form":{},"url":{}},"tasks":{"requests":{"sampling":{"createMessage":{}},"elicitation":{"create":{}}}},"extensions":{"a/b":{}}}"#,
        &[],
        &[],
    );
    // One capability in another form is no reason to lose the others.
    let read: ClientCapabilities =
        serde_json::from_str(r#"{"roots":true,"sampling":"yes","elicitation":[]}"#).unwrap();
    assert!(read.roots.is_some() && read.sampling.is_none() && read.elicitation.is_some());
}

#[test]
fn what_clients_send() {
    check::<InitializeParams>(
        r#"{"protocolVersion":"1","capabilities":{"roots":{"listChanged":true}},"clientInfo":{"name":"c","version":"1","icons":[ICON]},"_meta":{"a":1}}"#,
        &["/protocolVersion", "/clientInfo", "/clientInfo/name", "/clientInfo/version"],
        &["/capabilities"],
    );
    check::<ElicitResult>(
        r#"{"action":"accept","content":{"a":1},"_meta":{"a":1}}"#,
        &["/action"],
        &[],
    );
    check::<ListRootsResult>(r#"{"roots":[],"_meta":{"a":1}}"#, &[], &["/roots"]);
    check::<CreateMessageResult>(
        r#"{"role":"assistant","content":[],"model":"m","stopReason":"endTurn","_meta":{"a":1}}"#,
        &["/role", "/content", "/model"],
        &[],
    );
    check::<SamplingContent>(
        r#"{"type":"tool_use","id":"1","name":"t","input":{"a":1},"_meta":{"a":1}}"#,
        &["/type", "/id", "/name"],
        &["/input"],
    );
    check::<CompleteParams>(
        r#"{"ref":{"type":"ref/prompt","name":"p","title":"P"},"argument":{"name":"a","value":"x"},"context":{"arguments":{"b":"y"}},"_meta":{"a":1}}"#,
        &["/ref", "/ref/type", "/ref/name", "/argument", "/argument/name", "/argument/value"],
        &["/context", "/context/arguments", "/context/arguments/b"],
    );
    check::<GetPromptParams>(
        r#"{"name":"p","arguments":{"a":"1"},"inputResponses":{"q":1},"requestState":"s","_meta":{"a":1}}"#,
        &["/name"],
        &["/arguments", "/arguments/a", "/inputResponses", "/requestState"],
    );
    check::<CancelledParams>(
        r#"{"requestId":1,"reason":"late","_meta":{"a":1}}"#,
        &[],
        &["/requestId"],
    );
}

#[test]
fn what_servers_send() {
    check::<CreateMessageParams>(
        r#"{"messages":[{"role":"user","content":{"type":"tool_result","toolUseId":"1","content":[],"structuredContent":{"a":1},"isError":true,"_meta":{"a":1}},"_meta":{"a":1}}],"modelPreferences":{"hints":[{"name":"m"}],"costPriority":0.5,"speedPriority":0.25,"intelligencePriority":1.0},"systemPrompt":"s","includeContext":"none","temperature":0.5,"maxTokens":5,"stopSequences":["x"],"metadata":{"a":1},"tools":[],"toolChoice":{"mode":"auto"},"_meta":{"a":1}}"#,
        &[
            "/maxTokens",
            "/messages/0/role",
            "/messages/0/content",
            "/messages/0/content/type",
            "/messages/0/content/toolUseId",
        ],
        &[
            "/messages",
            "/messages/0/content/content",
            "/messages/0/content/isError",
            "/systemPrompt",
            "/includeContext",
            "/temperature",
            "/stopSequences",
            "/tools",
            "/toolChoice",
            "/toolChoice/mode",
        ],
    );
    check::<ElicitParams>(
        r#"{"mode":"form","message":"m","requestedSchema":{"type":"object"},"task":{"ttl":5},"_meta":{"a":1}}"#,
        &["/message", "/requestedSchema"],
        &["/mode", "/task", "/task/ttl"],
    );
    check::<ElicitParams>(
        r#"{"mode":"url","message":"m","url":"https://a","elicitationId":"e","_meta":{"a":1}}"#,
        &["/mode", "/message", "/url"],
        &["/elicitationId"],
    );
    check::<ProgressParams>(
        r#"{"progressToken":1,"progress":0.5,"total":1.5,"message":"m","_meta":{"a":1}}"#,
        &["/progressToken", "/progress"],
        &[],
    );
    check::<LoggingMessageParams>(
        r#"{"level":"info","logger":"l","data":{"a":1},"_meta":{"a":1}}"#,
        &["/level"],
        &[],
    );
    check::<InputRequiredResult>(
        r#"{"inputRequests":{"a":{"method":"roots/list","params":{"_meta":{"a":1}}}},"requestState":"s","_meta":{"a":1}}"#,
        &["/inputRequests/a", "/inputRequests/a/method"],
        &["/inputRequests", "/inputRequests/a/params", "/requestState"],
    );
}

#[test]
fn the_other_elements_of_a_list_stay() {
    let tool: Tool = serde_json::from_value(json!({
        "name": "t",
        "inputSchema": {},
        "icons": [{ "src": "a:1" }, { "sizes": [] }, 7, null, ["a:2"], { "src": "a:3", "sizes": "48x48" }],
    }))
    .unwrap();
    let icons: Vec<_> = tool.icons.iter().map(|icon| icon.src.as_str()).collect();
    assert_eq!(icons, ["a:1", "a:3"]);
    assert!(tool.icons[1].sizes.is_empty());
    let resource: Resource =
        serde_json::from_value(json!({ "uri": "a:b", "name": "n", "size": 12.0 })).unwrap();
    assert_eq!(resource.size, None);
}
