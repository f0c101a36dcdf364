//! Clients that share one pipe.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::dice::Dice;
use crate::scenario::{Peer, answer_to, handshake, message};
use crate::{ANSWER_LIMIT, Era, Result};

/// The pipe to a server.
pub(crate) struct Pipe {
    era: Era,
    /// Absent when it was closed.
    input: tokio::sync::Mutex<Option<ChildStdin>>,
    entries: Mutex<HashMap<u64, Entry>>,
    next_id: AtomicU64,
    faults: Mutex<Vec<String>>,
}

/// A request that was sent.
enum Entry {
    /// It has to be answered once.
    Waits(oneshot::Sender<Value>),
    /// It was cancelled, and may have been answered before the server knew.
    MayAnswer,
    /// It was cancelled, and cannot be answered.
    NeverAnswers,
}

impl Pipe {
    /// Starts a server, and opens a session if the era has one.
    pub(crate) async fn open(server: &str, era: Era) -> Result<(Arc<Self>, Child)> {
        let mut command = Command::new(server);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let input = child.stdin.take().ok_or("the server has no stdin")?;
        let output = child.stdout.take().ok_or("the server has no stdout")?;
        let pipe = Arc::new(Self {
            era,
            input: Some(input).into(),
            entries: Mutex::default(),
            next_id: AtomicU64::new(1),
            faults: Mutex::default(),
        });
        tokio::spawn(Arc::clone(&pipe).read(output));
        if era == Era::Legacy {
            pipe.request("initialize", handshake()).await?;
            pipe.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await?;
        }
        Ok((pipe, child))
    }

    /// Requests that have no answer yet, and faults so far.
    pub(crate) fn close(&self) -> Vec<String> {
        let mut faults = std::mem::take(&mut *lock(&self.faults));
        let lost = self.entries();
        let lost = lost.iter().filter(|(_, entry)| matches!(entry, Entry::Waits(_)));
        faults.extend(lost.map(|(id, _)| format!("request {id} has no answer")));
        faults
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<u64, Entry>> {
        lock(&self.entries)
    }

    async fn write(&self, message: &Value) -> Result<()> {
        let line = format!("{message}\n");
        let mut input = self.input.lock().await;
        let input = input.as_mut().ok_or("the pipe is closed")?;
        Ok(input.write_all(line.as_bytes()).await?)
    }

    /// Ends the input of the server.
    pub(crate) async fn shut(&self) {
        drop(self.input.lock().await.take());
    }

    async fn read(self: Arc<Self>, output: ChildStdout) {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Err(fault) = self.receive(&line).await {
                lock(&self.faults).push(format!("{fault}: {line}"));
            }
        }
    }

    async fn receive(&self, line: &str) -> Result<()> {
        let received: Value = serde_json::from_str(line)?;
        match (received.get("method"), received.get("id")) {
            (Some(_), Some(id)) => {
                let result = answer_to(&received["params"])?;
                self.write(&json!({ "jsonrpc": "2.0", "id": id, "result": result })).await
            }
            (Some(_), None) => Ok(()),
            (None, _) => {
                let id = received["id"].as_u64().ok_or("an answer without a number")?;
                match self.entries().remove(&id) {
                    // The receiver is gone if the time was over, which is reported there.
                    Some(Entry::Waits(waiting)) => drop(waiting.send(received)),
                    Some(Entry::MayAnswer) => {}
                    Some(Entry::NeverAnswers) => return Err("an answer that cannot be".into()),
                    None => return Err("an answer too many".into()),
                }
                Ok(())
            }
        }
    }

    async fn begin(&self, method: &str, params: Value, entry: Entry) -> Result<u64> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.entries().insert(id, entry);
        self.write(&message(self.era, id, method, params)).await?;
        Ok(id)
    }

    async fn request(&self, method: &str, params: Value) -> Result<Value> {
        let (waiting, answer) = oneshot::channel();
        let id = self.begin(method, params, Entry::Waits(waiting)).await?;
        match timeout(ANSWER_LIMIT, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(format!("{method} {id} has no answer").into()),
        }
    }
}

/// A client of a pipe.
pub(crate) struct PipeClient(pub(crate) Arc<Pipe>);

impl Peer for PipeClient {
    fn era(&self) -> Era {
        self.0.era
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<Value> {
        self.0.request(method, params).await
    }

    async fn cancel(&mut self, params: Value, is_endless: bool, after: Duration) -> Result<()> {
        let entry = if is_endless { Entry::NeverAnswers } else { Entry::MayAnswer };
        let id = self.0.begin("tools/call", params, entry).await?;
        sleep(after).await;
        let params = json!({ "requestId": id });
        let cancelled =
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
        self.0.write(&cancelled).await
    }

    /// A pipe that is closed ends its server, so the call is cancelled.
    async fn disconnect(&mut self, params: Value, dice: &mut Dice) -> Result<()> {
        self.cancel(params, false, Duration::from_millis(dice.below(3))).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
