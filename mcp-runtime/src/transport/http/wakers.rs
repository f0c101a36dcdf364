//! The tasks at both ends of a queue of events.

use std::task::{Context, Waker};

/// Wakers of the task that reads events and of the task that waits for room to add some.
#[derive(Default)]
pub(super) struct Wakers {
    reader: Option<Waker>,
    /// At most one task waits for room: the subscription of the stream.
    writer: Option<Waker>,
}

impl Wakers {
    /// Registers the reader, to be woken when there are events.
    pub(super) fn wait_for_events(&mut self, cx: &Context<'_>) {
        register(&mut self.reader, cx);
    }

    /// Registers the writer, to be woken when there is room.
    pub(super) fn wait_for_room(&mut self, cx: &Context<'_>) {
        register(&mut self.writer, cx);
    }

    /// Takes the waker of the reader out, to be woken without the lock of the queue.
    pub(super) fn take_reader(&mut self) -> Option<Waker> {
        self.reader.take()
    }

    pub(super) fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    pub(super) fn wake_writer(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }
}

fn register(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}
