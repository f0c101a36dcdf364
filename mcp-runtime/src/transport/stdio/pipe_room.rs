//! Capacity of the pipes to and from the client.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// Capacity of a pipe for large messages, in bytes. Linux lets any process set as much by default.
#[cfg(any(target_os = "linux", target_os = "android"))]
const ROOM: usize = 1 << 20;

/// Enlargement of a pipe, which is tried once.
///
/// A pipe holds 64 KiB. A larger message takes several reads or writes, each of which waits for the
/// other side.
#[derive(Default)]
pub(super) struct PipeRoom {
    is_tried: AtomicBool,
}

impl PipeRoom {
    /// Enlarges the pipe, unless that was tried before. Returns `true` if it has more room now.
    pub(super) fn enlarge(&self, pipe: impl AsFd) -> bool {
        !self.is_tried.swap(true, Ordering::Relaxed) && enlarge(pipe)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn enlarge(pipe: impl AsFd) -> bool {
    use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};
    // Fails for anything but a pipe, and where the system restricts the memory of pipes.
    fcntl_getpipe_size(&pipe).is_ok_and(|size| size < ROOM)
        && fcntl_setpipe_size(&pipe, ROOM).is_ok()
}

/// Other systems size their pipes themselves.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn enlarge(_pipe: impl AsFd) -> bool {
    false
}
