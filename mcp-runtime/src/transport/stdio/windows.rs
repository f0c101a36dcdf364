//! Standard input and output on Windows. See [`descriptors`](super::descriptors).

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write};
use std::os::windows::io::AsHandle;

use super::descriptors::Descriptors;
use super::std_handles::{Replaced, StdHandle};

/// Takes the handles of standard input and output, unless they are a console. Its text is converted
/// by the standard library, and it is a person who reads it.
pub(super) fn take() -> io::Result<Descriptors> {
    let (mut input, mut output) = (Input::Console, OutputFile::Console);
    let mut guard = Guard::default();
    if !io::stdin().is_terminal() {
        input = Input::File(duplicate(&io::stdin())?);
        guard.input = Some(StdHandle::Input.replace(File::open("NUL")?)?);
    }
    if !io::stdout().is_terminal() {
        output = OutputFile::File(duplicate(&io::stdout())?);
        guard.output = Some(StdHandle::Output.replace(duplicate(&io::stderr())?)?);
    }
    Ok(Descriptors { input, output, stopper: Stopper, guard: Box::new(guard) })
}

/// Opens a further handle of the same file, which child processes do not inherit.
fn duplicate(stream: &impl AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

/// The handles that serving has replaced.
#[derive(Default)]
struct Guard {
    input: Option<Replaced>,
    output: Option<Replaced>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Text that handlers printed without a line break is still in a buffer, and belongs to
        // standard error. A process without usable handles cannot be helped here.
        let _ = io::stdout().flush();
        drop(self.output.take());
        drop(self.input.take());
    }
}

/// The input, until it ends.
pub(super) enum Input {
    Console,
    File(File),
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Console => io::stdin().read(buffer),
            Self::File(file) => file.read(buffer),
        }
    }
}

impl Input {
    /// `true` if the client has closed its side, which is not known here before it is read.
    pub(super) fn has_hung_up(&self) -> bool {
        false
    }
}

/// Handle that does nothing: a read cannot be interrupted here, so the thread ends with the process.
pub(super) struct Stopper;

impl Stopper {
    pub(super) fn stop(&mut self) {}
}

/// Limit of one write, in bytes. A larger one would hide that the client reads.
const WRITE: usize = 4 << 10;

/// The output.
pub(super) enum OutputFile {
    Console,
    File(File),
}

impl OutputFile {
    /// Writes nothing: there are no non-blocking writes here.
    pub(super) fn write_now(&self, _bytes: &[u8]) -> io::Result<usize> {
        Ok(0)
    }

    /// Writes some bytes, and blocks until the client takes them.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => (&*file).write(&bytes[..bytes.len().min(WRITE)]),
            Self::Console => {
                let mut output = io::stdout().lock();
                let count = output.write(bytes)?;
                output.flush()?;
                Ok(count)
            }
        }
    }

    /// Number of bytes that the client has not taken yet, which is not known here.
    pub(super) fn unread(&self) -> u64 {
        0
    }
}
