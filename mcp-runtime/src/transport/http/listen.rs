//! The listener: it accepts connections, and ends them at the shutdown.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::connection::{self, Place};
use super::half_closed::HalfClosed;
use super::service::McpService;
use super::session::HttpSession;
use super::waiting::Waiting;
use crate::server::tasks;
use crate::transport::DROP_TIMEOUT;

/// Delay before the next connection is accepted when the system has run out of resources.
const EXHAUSTED_DELAY: Duration = Duration::from_millis(100);

/// Number of connections that make room then: of those that are half-closed, and of those that wait for a
/// request.
const EVICTED: usize = 32;

/// Delay before more connections make room, while all places are taken.
const FULL_DELAY: Duration = Duration::from_millis(100);

/// Part of the places that is made free at once, because it takes time to find the connections.
const EVICTED_PART: usize = 512;

/// Serves until `stop` completes. Dropping the future drops all connections.
pub(super) async fn serve(
    listener: TcpListener,
    service: McpService,
    stop: impl Future<Output = ()>,
) {
    let max = service.shared().config.max_connections;
    let places = Places { free: Arc::new(Semaphore::new(max)), evicted: 1 + max / EVICTED_PART };
    let half_closed = Arc::<HalfClosed>::default();
    let waiting = Arc::<Waiting>::default();
    let mut connections = JoinSet::new();
    let mut stop = pin!(drained(&service, stop));
    let mut closed = pin!(service.shared().app.closing.cancelled());
    {
        // Kept while others end, because it holds a connection that waits for its place.
        let mut next = pin!(accept(&listener, &places, &half_closed, &waiting));
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = &mut closed => break,
                (stream, open) = &mut next => {
                    next.set(accept(&listener, &places, &half_closed, &waiting));
                    let (half_closed, waiting) = (Arc::clone(&half_closed), Arc::clone(&waiting));
                    let place = Place { open, half_closed, waiting };
                    connections.spawn(connection::serve(stream, service.clone(), place));
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
    drop(listener);
    service.shared().app.closing.cancel();
    let all = async {
        while connections.join_next().await.is_some() {}
        // Clients of stored sessions may fetch the answers from other instances.
        if service.shared().sessions.stored.is_some() {
            for session in service.shared().sessions.all() {
                session.connection.in_flight.drained().await;
            }
        }
        tasks::drained(&service.shared().app).await;
    };
    if tokio::time::timeout(service.shared().config.shutdown_timeout, all).await.is_err() {
        tracing::info!("requests were still running at the end and are dropped");
    }
    let sessions = match service.shared().sessions.stored.is_some() {
        true => hand_over(&service, &mut connections).await,
        false => Vec::new(),
    };
    if tokio::time::timeout(DROP_TIMEOUT, gone(&service, connections, sessions)).await.is_err() {
        tracing::warn!("a handler blocks its thread and is left behind");
    }
}

/// Waits for the beginning of the shutdown, and then for load balancers to notice it.
async fn drained(service: &McpService, stop: impl Future<Output = ()>) {
    stop.await;
    let delay = service.shared().config.drain_delay;
    if !delay.is_zero() {
        service.shared().shutdown.draining.cancel();
        tokio::time::sleep(delay).await;
    }
}

/// Ends the sessions, which go on at other instances, and lets the connections send the last events.
async fn hand_over(service: &McpService, connections: &mut JoinSet<()>) -> Vec<Arc<HttpSession>> {
    let sessions = service.shared().hand_over().await;
    let sent = async { while connections.join_next().await.is_some() {} };
    // The others have clients that do not read.
    let _ = tokio::time::timeout(DROP_TIMEOUT, sent).await;
    sessions
}

/// Drops the remaining connections and handlers, and waits for that.
async fn gone(service: &McpService, mut connections: JoinSet<()>, sessions: Vec<Arc<HttpSession>>) {
    connections.shutdown().await;
    for session in sessions.into_iter().chain(service.shared().sessions.end_all()) {
        session.connection.in_flight.gone().await;
    }
}

/// The places of connections.
struct Places {
    free: Arc<Semaphore>,
    /// Number of connections that make room at once.
    evicted: usize,
}

/// Waits for a connection and then for a free place.
async fn accept(
    listener: &TcpListener,
    places: &Places,
    half_closed: &HalfClosed,
    waiting: &Waiting,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place(places, waiting).await),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                // There may be no descriptor left for clients that still send.
                half_closed.evict(EVICTED);
                waiting.evict(EVICTED);
                tokio::time::sleep(EXHAUSTED_DELAY).await;
            }
        }
    }
}

/// Waits for a free place. Connections that wait for a request make room.
async fn place(places: &Places, waiting: &Waiting) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(&places.free).try_acquire_owned() {
        return Some(place);
    }
    let mut place = pin!(Arc::clone(&places.free).acquire_owned());
    loop {
        waiting.evict(places.evicted);
        if let Ok(place) = tokio::time::timeout(FULL_DELAY, &mut place).await {
            // The semaphore is never closed.
            return place.ok();
        }
    }
}

/// `true` if the error concerns one connection, so that the next may succeed.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
