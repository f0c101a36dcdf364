//! A client over HTTP, with a connection for requests and another one for what it sends meanwhile.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake as connect};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use crate::dice::Dice;
use crate::events::Events;
use crate::scenario::{Peer, answer_to, handshake, message};
use crate::{ANSWER_LIMIT, Era, Result};

/// Pause before a cancellation is sent again.
const AGAIN: Duration = Duration::from_millis(100);

/// A connection. Dropping it disconnects.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A client.
pub(crate) struct HttpClient {
    address: String,
    era: Era,
    session: Option<String>,
    next_id: u64,
    main: Option<Connection>,
    side: Option<Connection>,
}

impl HttpClient {
    /// Connects, and opens a session if the era has one.
    pub(crate) async fn open(address: &str, era: Era) -> Result<Self> {
        let address = address.to_owned();
        let mut client = Self { address, era, session: None, next_id: 1, main: None, side: None };
        if era == Era::Legacy {
            let opening = message(era, 0, "initialize", handshake());
            let request = client.post(&opening, None)?;
            let response = send(&client.address, &mut client.main, request).await?;
            let session =
                response.headers().get("mcp-session-id").ok_or("no session was opened")?;
            client.session = Some(session.to_str()?.to_owned());
            response.into_body().collect().await?;
            let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            client.notify(&initialized).await?;
        }
        Ok(client)
    }

    /// A POST. The modern era repeats parts of the message in headers.
    fn post(&self, message: &Value, name: Option<&str>) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::post("/mcp")
            .header("host", &self.address)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        if self.era == Era::Modern {
            request = request
                .header("mcp-protocol-version", "2026-07-28")
                .header("mcp-method", message["method"].as_str().unwrap_or_default());
            if let Some(name) = name {
                request = request.header("mcp-name", name);
            }
        }
        Ok(request.body(Full::new(Bytes::from(message.to_string())))?)
    }

    fn begin(&mut self, method: &str, params: Value) -> Result<(u64, Request<Full<Bytes>>)> {
        self.next_id += 1;
        let name = params["name"].as_str().or(params["taskId"].as_str()).map(str::to_owned);
        let message = message(self.era, self.next_id, method, params);
        Ok((self.next_id, self.post(&message, name.as_deref())?))
    }

    /// Sends a message that has no answer.
    async fn notify(&mut self, message: &Value) -> Result<()> {
        let request = self.post(message, None)?;
        let response = send(&self.address, &mut self.side, request).await?;
        let status = response.status();
        response.into_body().collect().await?;
        match status == StatusCode::ACCEPTED {
            true => Ok(()),
            false => Err(format!("status {status} for {message}").into()),
        }
    }

    /// The answers in a response. Questions before them are answered.
    async fn answers(&mut self, id: u64, response: Response<Incoming>) -> Result<Vec<Value>> {
        let is_stream = is_stream(&response);
        let mut body = response.into_body();
        if !is_stream {
            let body = body.collect().await?.to_bytes();
            return Ok(if body.is_empty() {
                Vec::new()
            } else {
                vec![serde_json::from_slice(&body)?]
            });
        }
        let (mut events, mut answers) = (Events::default(), Vec::new());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            for received in events.push(&data) {
                let received: Value = serde_json::from_str(&received)?;
                match (received.get("method"), received.get("id")) {
                    (Some(_), Some(question)) => {
                        let result = answer_to(&received["params"])?;
                        let answer = json!({ "jsonrpc": "2.0", "id": question, "result": result });
                        self.notify(&answer).await?;
                    }
                    (Some(_), None) => {}
                    (None, _) => answers.push(received),
                }
            }
        }
        match answers.iter().all(|answer| answer["id"] == id) {
            true => Ok(answers),
            false => Err(format!("answers to another request than {id}: {answers:?}").into()),
        }
    }

    async fn exchange(&mut self, method: &str, params: Value) -> Result<Vec<Value>> {
        let (id, request) = self.begin(method, params)?;
        let response = send(&self.address, &mut self.main, request).await?;
        self.answers(id, response).await
    }
}

/// The answers of a call, and the connection that it has used.
type Ended = Result<(Vec<Value>, Option<Connection>)>;

fn is_stream(response: &Response<Incoming>) -> bool {
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// The answers in a response without questions.
async fn answers_alone(response: Response<Incoming>) -> Result<Vec<Value>> {
    let is_stream = is_stream(&response);
    let body = response.into_body().collect().await?.to_bytes();
    let texts = match is_stream {
        true => Events::default().push(&body),
        false => vec![String::from_utf8_lossy(&body).into_owned()],
    };
    let mut answers = Vec::new();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let received: Value = serde_json::from_str(text)?;
        if received.get("method").is_none() {
            answers.push(received);
        }
    }
    Ok(answers)
}

/// Sends a request on a connection, which is opened if it is not there.
async fn send(
    address: &str,
    place: &mut Option<Connection>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>> {
    let connection = match place {
        Some(connection) if !connection.sender.is_closed() => connection,
        _ => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = connect(TokioIo::new(stream)).await?;
            // An error ends it, which the next request notices.
            let task = tokio::spawn(async move { drop(connection.await) }).abort_handle();
            place.insert(Connection { sender, task })
        }
    };
    connection.sender.ready().await?;
    Ok(connection.sender.send_request(request).await?)
}

impl Peer for HttpClient {
    fn era(&self) -> Era {
        self.era
    }

    fn rest(&mut self) {
        (self.main, self.side) = (None, None);
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<Value> {
        let answers = timeout(ANSWER_LIMIT, self.exchange(method, params)).await;
        let mut answers = answers.map_err(|_| format!("{method} has no answer in time"))??;
        match (answers.len(), answers.pop()) {
            (1, Some(answer)) => Ok(answer),
            (count, _) => Err(format!("{method} has {count} answers").into()),
        }
    }

    async fn cancel(&mut self, params: Value, is_endless: bool, after: Duration) -> Result<()> {
        let (id, request) = self.begin("tools/call", params)?;
        let (address, mut place) = (self.address.clone(), self.main.take());
        let mut ending = Box::pin(async move {
            let response = send(&address, &mut place, request).await?;
            Ended::Ok((answers_alone(response).await?, place))
        });
        let early = timeout(after, &mut ending).await;
        let (answers, place) = match (self.era, early) {
            (_, Ok(ended)) => ended?,
            // A disconnect cancels.
            (Era::Modern, Err(_)) => return Ok(()),
            (Era::Legacy, Err(_)) => {
                let params = json!({ "requestId": id });
                let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled",
                    "params": params });
                let deadline = Instant::now() + ANSWER_LIMIT;
                // It may overtake the request on its other connection, so it is sent until that ends.
                loop {
                    self.notify(&cancelled).await?;
                    match timeout(AGAIN, &mut ending).await {
                        Ok(ended) => break ended?,
                        Err(_) if Instant::now() < deadline => {}
                        Err(_) => return Err("a cancelled call holds its response".into()),
                    }
                }
            }
        };
        self.main = place;
        match answers.len() <= usize::from(!is_endless) {
            true => Ok(()),
            false => Err(format!("a cancelled call has answers: {answers:?}").into()),
        }
    }

    async fn disconnect(&mut self, params: Value, dice: &mut Dice) -> Result<()> {
        let after = Duration::from_millis(dice.below(3));
        let (_, request) = self.begin("tools/call", params)?;
        if dice.below(2) == 0 {
            return self.half_a_request(dice, after).await;
        }
        let mut place = self.main.take();
        // Whether it is answered before is a matter of time.
        let _ = timeout(after, send(&self.address, &mut place, request)).await;
        Ok(())
    }
}

impl HttpClient {
    /// Sends a part of a request, and disconnects.
    async fn half_a_request(&self, dice: &mut Dice, after: Duration) -> Result<()> {
        let text = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{{\"jsonrpc\":",
            self.address
        );
        let mut stream = TcpStream::connect(&self.address).await?;
        let length = dice.below(text.len() as u64) as usize;
        stream.write_all(&text.as_bytes()[..length]).await?;
        sleep(after).await;
        Ok(())
    }
}
