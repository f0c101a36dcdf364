//! Where the notifications of a running handler go, and its questions.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::time::Instant;

use super::cancellation::Signal;
use crate::ask::Asking;

/// The way from a handler to its client, besides the answer.
///
/// Each transport has one implementation. A message is JSON text without a line break.
pub(crate) trait Outlet: Send + Sync {
    /// Hands a notification over. It is dropped, with a trace, where the peer reads so slowly that
    /// keeping it would take unbounded memory.
    fn notify(&self, message: Vec<u8>);

    /// Hands over what has to arrive, a question or its withdrawal. False if nobody will read it.
    fn ask(&self, message: Vec<u8>) -> bool;

    /// Waits until the peer has taken enough for the next message to be kept.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Lets the connection go where the client can come back for the rest.
    fn pause(&self) {}

    /// Since when nobody has read what is said here, where that can be told.
    fn unread_since(&self) -> Option<Instant> {
        None
    }
}

/// An outlet shared by a handler and its transport.
pub(crate) type SharedOutlet = Arc<dyn Outlet>;

/// What one request may still say and ask: its outlet, until it is silenced.
///
/// A cancelled handler may be running on another thread just then, and nothing more may be sent
/// for its request.
#[derive(Clone)]
pub(crate) struct Voice(Arc<Shared>);

struct Shared {
    outlet: SharedOutlet,
    state: Mutex<State>,
    /// What it asks its client; made with the first question, or for answers that came along.
    asking: OnceLock<Asking>,
    /// Set when the handler is gone: it has come to its end, or was dropped.
    gone: Signal,
    /// Of the request that this one is a part of.
    whole: Option<Voice>,
}

#[derive(Default)]
struct State {
    silenced: bool,
    /// Who drives the handler, to be woken when it cannot go on without an answer.
    driver: Option<Waker>,
}

impl Voice {
    pub(crate) fn new(outlet: SharedOutlet) -> Self {
        Self::of(outlet, None)
    }

    fn of(outlet: SharedOutlet, whole: Option<Self>) -> Self {
        let (state, asking, gone) = (Mutex::default(), OnceLock::new(), Signal::default());
        Self(Arc::new(Shared { outlet, state, asking, gone, whole }))
    }

    /// For a part of the request that asks and remembers by itself, and says what it says as part
    /// of the whole.
    pub(crate) fn apart(&self) -> Self {
        Self::of(Arc::clone(&self.0.outlet), Some(self.clone()))
    }

    fn shared(&self) -> &Shared {
        let mut voice = self;
        while let Some(whole) = &voice.0.whole {
            voice = whole;
        }
        &voice.0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared().state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a notification over, unless the request is silenced. See [`Outlet::notify`].
    pub(crate) fn notify(&self, message: Vec<u8>) {
        // Held while the message is handed over, so that none follows the silence.
        let state = self.state();
        if !state.silenced {
            self.0.outlet.notify(message);
        }
    }

    /// Hands a question over, unless the request is silenced. See [`Outlet::ask`].
    pub(crate) fn ask(&self, message: Vec<u8>) -> bool {
        let state = self.state();
        !state.silenced && self.0.outlet.ask(message)
    }

    /// Lets the connection go. See [`Outlet::pause`].
    pub(crate) fn pause(&self) {
        let state = self.state();
        if !state.silenced {
            self.0.outlet.pause();
        }
    }

    /// Sees to it that nothing more is sent.
    pub(crate) fn silence(&self) {
        self.state().silenced = true;
    }

    pub(crate) fn is_silenced(&self) -> bool {
        self.state().silenced
    }

    pub(crate) fn outlet(&self) -> &SharedOutlet {
        &self.0.outlet
    }

    /// Waits until the next message would be kept. See [`Outlet::poll_room`].
    pub(crate) async fn room(&self) {
        std::future::poll_fn(|cx| self.0.outlet.poll_room(cx)).await;
    }

    /// What the request asks, if it has asked something or has answers.
    pub(crate) fn asking(&self) -> Option<&Asking> {
        self.0.asking.get()
    }

    /// What the request asks, made now if that was not done before.
    pub(crate) fn asking_or(&self, make: impl FnOnce() -> Asking) -> &Asking {
        self.0.asking.get_or_init(make)
    }

    /// Has everybody who waits for an answer hear that nobody needs it any more. To be called when
    /// the handler's future has been dropped, and after [`silence`](Self::silence).
    pub(crate) fn end_questions(&self) {
        // Who asks later finds the request silenced.
        if self.0.asking.get().is_some() {
            self.0.gone.set();
        }
    }

    /// Waits until the handler is gone.
    pub(crate) async fn gone(&self) {
        self.shared().gone.wait().await;
    }

    /// Remembers who drives the handler.
    pub(crate) fn driven_by(&self, cx: &Context<'_>) {
        let driver = &mut self.state().driver;
        match driver {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *driver = Some(cx.waker().clone()),
        }
    }

    /// Has the driver look at what the handler waits for.
    pub(crate) fn wake_driver(&self) {
        let driver = self.state().driver.take();
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}
