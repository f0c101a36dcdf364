//! Replacement of the standard handles of the process on Windows.
//!
//! This is the only module with `unsafe` code. The standard library reads a standard handle from the
//! process each time, but has no function that sets one. `SetStdHandle` stores a number and touches no
//! other memory, so the one obligation is that the number stays that of an open handle while it is
//! stored. [`Replaced`] owns the new handle, and stores the original one before it closes the new one.
//! The original one is open for as long as the process lives: nothing that is safe closes a standard
//! handle.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle as _, RawHandle};

use windows_sys::Win32::System::Console::{
    STD_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle,
};

/// A standard handle of the process.
#[derive(Clone, Copy, Debug)]
pub(super) enum StdHandle {
    Input,
    Output,
}

/// A standard handle that is replaced until this is dropped.
pub(super) struct Replaced {
    which: StdHandle,
    original: usize,
    /// The file that the handle belongs to. It is closed after the handle was replaced again.
    _file: File,
}

impl StdHandle {
    /// Replaces the handle by that of a file.
    ///
    /// # Errors
    /// The error of the system if it refuses.
    pub(super) fn replace(self, file: File) -> io::Result<Replaced> {
        let original = self.current().addr();
        self.set(file.as_raw_handle())?;
        Ok(Replaced { which: self, original, _file: file })
    }

    fn current(self) -> RawHandle {
        match self {
            Self::Input => io::stdin().as_raw_handle(),
            Self::Output => io::stdout().as_raw_handle(),
        }
    }

    fn set(self, handle: RawHandle) -> io::Result<()> {
        let which: STD_HANDLE = match self {
            Self::Input => STD_INPUT_HANDLE,
            Self::Output => STD_OUTPUT_HANDLE,
        };
        // SAFETY: The callers pass an open handle that stays open until another one is set, see the
        // description of the module.
        match unsafe { SetStdHandle(which, handle) } {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        // A process whose handles cannot be set cannot be helped here.
        let _ = self.which.set(std::ptr::without_provenance_mut(self.original));
    }
}
