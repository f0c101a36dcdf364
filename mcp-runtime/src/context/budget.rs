//! Budgets in bytes: the memory that clients may hold in requests, unread answers and subscriptions.
//!
//! Each connection has a budget within that of the server. Whatever a client can make large or many
//! counts toward it; what is small and short-lived does not. A budget is exceeded by one item at most, so
//! an item of any size fits if there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use mcp_core::jsonrpc::ProtocolError;

/// Default budget of a server.
pub(crate) const SERVER: usize = 256 << 20;

/// Default budget of a connection or session.
pub(crate) const CONNECTION: usize = 16 << 20;

/// Size beyond which a message counts while it is received or sent. Smaller ones are bounded by their
/// number.
pub(crate) const COUNTED: usize = 8 << 10;

/// Memory that a request in flight takes beside its bytes.
pub(crate) const REQUEST: usize = 1 << 10;

/// Number of bytes in use, and their limit.
#[derive(Debug)]
pub(crate) struct Budget {
    used: AtomicUsize,
    limit: usize,
    /// Budget of the server, for that of a connection.
    server: Option<Arc<Budget>>,
    /// `true` if the transport counts large messages in the budget of the server itself.
    has_counted_messages: bool,
}

/// Error for a budget without room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    limit: usize,
    /// `true` if it is the budget of the server, which other clients may have used.
    pub(crate) is_of_server: bool,
}

impl Exceeded {
    /// The error for a connection that has used its budget.
    pub(crate) fn of_connection(limit: usize) -> Self {
        Self { limit, is_of_server: false }
    }

    /// The error of the refused request.
    pub(crate) fn error(self) -> ProtocolError {
        let limit = self.limit;
        ProtocolError::internal(match self.is_of_server {
            true => format!(
                "the server is out of memory for its clients, which may hold {limit} bytes together; \
                 send the request again later"
            ),
            false => format!(
                "this client holds more than {limit} bytes in requests, unread answers and \
                 subscriptions; read or end some before the next request"
            ),
        })
    }
}

impl Default for Budget {
    fn default() -> Self {
        let (used, has_counted_messages) = (AtomicUsize::new(0), false);
        Self { used, limit: SERVER, server: None, has_counted_messages }
    }
}

impl Budget {
    /// Creates the budget of a server.
    pub(crate) fn of_server(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, ..Self::default() })
    }

    /// Creates the budget of a connection within that of its server.
    pub(crate) fn of_connection(self: &Arc<Self>, limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, server: Some(Arc::clone(self)), ..Self::default() })
    }

    /// Creates the budget of a session whose transport counts large messages for the server.
    #[cfg(feature = "http")]
    pub(crate) fn of_session(self: &Arc<Self>, limit: usize) -> Arc<Self> {
        let (server, has_counted_messages) = (Some(Arc::clone(self)), true);
        Arc::new(Self { limit, server, has_counted_messages, ..Self::default() })
    }

    /// Number of bytes that may be used.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Number of bytes in use.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Checks for room, in the budget of the server too.
    pub(crate) fn check(&self) -> Result<(), Exceeded> {
        self.check_own()?;
        self.server.as_ref().map_or(Ok(()), |server| server.check_own())
    }

    /// Checks for room in this budget alone.
    pub(crate) fn check_own(&self) -> Result<(), Exceeded> {
        match self.used() < self.limit {
            true => Ok(()),
            false => Err(Exceeded { limit: self.limit, is_of_server: self.server.is_none() }),
        }
    }

    /// Counts bytes, even if there is no room. They are to be [released](Self::release).
    pub(crate) fn add(&self, bytes: usize) {
        self.add_of(bytes, bytes);
    }

    /// Ends the use of bytes.
    pub(crate) fn release(&self, bytes: usize) {
        self.release_of(bytes, bytes);
    }

    fn add_of(&self, own: usize, servers: usize) {
        self.used.fetch_add(own, Ordering::Relaxed);
        if let Some(server) = &self.server {
            server.used.fetch_add(servers, Ordering::Relaxed);
        }
    }

    fn release_of(&self, own: usize, servers: usize) {
        self.used.fetch_sub(own, Ordering::Relaxed);
        if let Some(server) = &self.server {
            server.used.fetch_sub(servers, Ordering::Relaxed);
        }
    }

    /// Counts bytes until the reservation is dropped, even if there is no room.
    pub(crate) fn hold(self: &Arc<Self>, bytes: usize) -> Reservation {
        self.add(bytes);
        Reservation { budget: Arc::clone(self), bytes, uncounted: 0 }
    }

    /// Counts a request in flight with a message of some length.
    pub(crate) fn hold_request(self: &Arc<Self>, length: usize) -> Reservation {
        let bytes = length + REQUEST;
        let uncounted = if self.has_counted_messages && length > COUNTED { length } else { 0 };
        self.add_of(bytes, bytes - uncounted);
        Reservation { budget: Arc::clone(self), bytes, uncounted }
    }

    /// Counts bytes until the reservation is dropped.
    ///
    /// # Errors
    /// [`Exceeded`] if there is no room.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: usize) -> Result<Reservation, Exceeded> {
        self.check().map(|()| self.hold(bytes))
    }

    /// Counts a text until the last clone of it is dropped, if it is large.
    pub(crate) fn held(self: &Arc<Self>, text: Vec<u8>) -> Bytes {
        match text.len() > COUNTED {
            true => self.hold(text.len()).holding(text),
            false => text.into(),
        }
    }
}

/// Bytes in use, until this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: Arc<Budget>,
    bytes: usize,
    /// Number of bytes that the budget of the server does not count.
    uncounted: usize,
}

impl Reservation {
    /// Makes a reservation for text of any length.
    pub(crate) fn resize(&mut self, bytes: usize) {
        self.budget.add(bytes.saturating_sub(self.bytes));
        self.budget.release(self.bytes.saturating_sub(bytes));
        self.bytes = bytes;
    }

    /// Adds the bytes of another reservation in the same budget.
    pub(crate) fn merge(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.uncounted += std::mem::take(&mut other.uncounted);
    }

    /// `true` if the budget has room.
    #[cfg(feature = "http")]
    pub(crate) fn has_room(&self) -> bool {
        self.budget.check().is_ok()
    }

    /// Binds the reservation to a text: it ends with the last clone of it.
    pub(crate) fn holding(self, text: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(Held { text, _reservation: self })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.release_of(self.bytes, self.bytes - self.uncounted);
    }
}

struct Held<T> {
    text: T,
    _reservation: Reservation,
}

impl<T: AsRef<[u8]>> AsRef<[u8]> for Held<T> {
    fn as_ref(&self) -> &[u8] {
        self.text.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_has_room_until_it_is_used() {
        let server = Budget::of_server(100);
        let (one, other) = (server.of_connection(50), server.of_connection(1000));
        let held = one.reserve(50).unwrap();
        assert_eq!(one.check(), Err(Exceeded { limit: 50, is_of_server: false }));
        assert!(other.check().is_ok());
        let large = other.reserve(200).unwrap();
        assert_eq!(other.check(), Err(Exceeded { limit: 100, is_of_server: true }));
        drop(held);
        assert_eq!(one.check(), Err(Exceeded { limit: 100, is_of_server: true }));
        drop(large);
        assert!(one.check().is_ok());
        assert_eq!((one.used(), other.used(), server.used()), (0, 0, 0));
    }

    #[test]
    fn a_text_counts_until_its_last_clone_is_dropped() {
        let budget = Budget::of_server(SERVER);
        let text = budget.held(vec![b'x'; COUNTED + 1]);
        let part = text.slice(1..2);
        drop(text);
        assert_eq!(budget.used(), COUNTED + 1);
        assert_eq!(&part[..], b"x");
        drop(part);
        assert_eq!(budget.used(), 0);
        assert_eq!(budget.held(vec![b'x'; COUNTED]).len(), COUNTED);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_reservation_grows_and_shrinks() {
        let budget = Budget::of_server(SERVER);
        let mut held = budget.hold(10);
        held.resize(30);
        assert_eq!(budget.used(), 30);
        held.resize(5);
        assert_eq!(budget.used(), 5);
        held.merge(budget.hold(7));
        assert_eq!(budget.used(), 12);
        drop(held);
        assert_eq!(budget.used(), 0);
    }
}
