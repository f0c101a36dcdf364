//! Connections that are reset at every byte: those of a client of our server, and those of a server of our client.

use std::net::SocketAddr;

use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::http::HttpConfig;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::client::read_request;

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Report progress, which begins a stream of events.
#[tool]
async fn report(cx: &Context) -> &'static str {
    cx.progress(1.0, 2.0, "half");
    "reported"
}

/// Resets a connection when it is dropped.
async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    let stream = socket.connect(address).await.unwrap();
    stream.set_zero_linger().unwrap();
    stream
}

/// A POST of a modern call.
fn post(address: SocketAddr, tool: &str, arguments: &Value) -> String {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": tool,
        "arguments": arguments,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "progressToken": 1,
        },
    } })
    .to_string();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n\
         Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn response_to(address: SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn clients_reset_connections_of_a_server_at_every_byte() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // A connection that is kept by mistake would use up the places.
    let config = HttpConfig::local().max_connections(8);
    let server = Server::new("reset", "1.0.0").with::<(add, report)>().http(config);
    let serving = tokio::spawn(server.serve_listener(listener, std::future::pending()));
    for (tool, arguments) in [("add", json!({ "a": 2, "b": 3 })), ("report", json!({}))] {
        let request = post(address, tool, &arguments);
        let whole = response_to(address, &request).await;
        for count in 0..request.len() {
            let mut stream = connect(address).await;
            stream.write_all(&request.as_bytes()[..count]).await.unwrap();
        }
        for count in 0..whole.len() {
            let mut stream = connect(address).await;
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut part = vec![0; count];
            stream.read_exact(&mut part).await.unwrap();
        }
        // The date may be another one.
        assert_eq!(response_to(address, &request).await.len(), whole.len());
    }
    assert!(!serving.is_finished());
}

/// Reads one request, and returns its id and method.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<(Value, String)> {
    let message = read_request(stream).await?;
    Some((message["id"].clone(), message["method"].as_str()?.to_owned()))
}

/// A response to a call, as JSON or as events.
fn response(id: &Value, in_events: bool) -> String {
    let result =
        json!({ "resultType": "complete", "content": [{ "type": "text", "text": "done" }] });
    let message = json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string();
    let (kind, body) = match in_events {
        true => ("text/event-stream", format!("data: {message}\n\n")),
        false => ("application/json", message),
    };
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Serves calls one after the other. The response to the first one is cut behind `count` bytes, and the
/// connection reset.
async fn serve_cut(listener: TcpListener, count: usize, in_events: bool) {
    let mut is_cut = false;
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        while let Some((id, method)) = read(&mut stream).await {
            assert_eq!(method, "tools/call");
            let text = response(&id, in_events);
            let is_first = !std::mem::replace(&mut is_cut, true);
            let part = if is_first { &text[..count] } else { &text };
            stream.write_all(part.as_bytes()).await.unwrap();
            if is_first {
                stream.get_ref().set_zero_linger().unwrap();
                break;
            }
        }
    }
}

/// Answers the probe of a client, and returns the connection's listener.
async fn opened() -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let probe = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let (id, _) = read(&mut stream).await.unwrap();
        let body = json!({ "jsonrpc": "2.0", "id": id, "result": {
            "resultType": "complete", "supportedVersions": ["2026-07-28"],
            "capabilities": { "tools": {} },
        } });
        let (body, length) = (body.to_string(), body.to_string().len());
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n";
        let text = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await.unwrap();
    };
    let (client, ()) = tokio::join!(Client::http(url).era(Era::Modern).connect(), probe);
    (listener, client.unwrap())
}

#[tokio::test]
async fn servers_reset_connections_of_a_client_at_every_byte() {
    for in_events in [false, true] {
        let length = response(&json!(2), in_events).len();
        for count in 0..length {
            let (listener, client) = opened().await;
            let serving = tokio::spawn(serve_cut(listener, count, in_events));
            let first = client.call("t", ()).await;
            match first {
                Err(Error::Transport { .. } | Error::Closed(_)) => {}
                // A message is whole before the last line break of its event.
                Ok(_) if in_events && count + 1 >= length => {}
                other => panic!("{count} of {length}: {other:?}"),
            }
            let text = client.call("t", ()).await.unwrap();
            assert_eq!(text.content[0].as_text(), Some("done"), "{count}");
            serving.abort();
        }
    }
}
