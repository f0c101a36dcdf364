//! Standard input and output for the protocol alone.
//!
//! While a server serves, its own duplicates of the two descriptors carry the protocol; descriptor
//! 1 points at standard error and descriptor 0 at nothing. So neither a stray `println!` nor a C
//! library nor a child process can write into the stream or read from it. On Windows the standard
//! handles of the process are replaced in the same way, which covers `println!` and child processes.

#[cfg(unix)]
pub(super) use self::unix::{Input, OutputFile, Stopper, take};

#[cfg(windows)]
pub(super) use super::windows::{Input, OutputFile, Stopper, take};

#[cfg(not(any(unix, windows)))]
pub(super) use self::other::{Input, OutputFile, Stopper, take};

/// Descriptors that serving takes.
pub(super) struct Descriptors {
    pub(super) input: Input,
    pub(super) output: OutputFile,
    pub(super) stopper: Stopper,
    /// Guard that gives the process its descriptors back when dropped.
    pub(super) guard: Box<dyn Send>,
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::{AsFd, OwnedFd};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, Mode, OFlags, fstat, open};
    use rustix::io::{Errno, fcntl_dupfd_cloexec, ioctl_fionread};
    use rustix::net::{SendFlags, send};
    use rustix::stdio::{dup2_stdin, dup2_stdout, stderr, stdin, stdout};

    use super::super::pipe_room::PipeRoom;
    use super::Descriptors;

    /// Size of a read that has emptied a pipe of the usual capacity.
    const FULL_PIPE: usize = 64 << 10;

    pub(in super::super) fn take() -> io::Result<Descriptors> {
        let input = fcntl_dupfd_cloexec(stdin(), 3)?;
        let output = fcntl_dupfd_cloexec(stdout(), 3)?;
        let guard = Guard {
            input: fcntl_dupfd_cloexec(&input, 3)?,
            output: fcntl_dupfd_cloexec(&output, 3)?,
        };
        dup2_stdin(open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?)?;
        dup2_stdout(stderr())?;
        let (input, stopper) = Input::new(input)?;
        Ok(Descriptors { input, output: OutputFile::new(output), stopper, guard: Box::new(guard) })
    }

    /// A pipe that child processes do not inherit.
    #[cfg(not(target_vendor = "apple"))]
    fn close_on_exec_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
        use rustix::pipe::{PipeFlags, pipe_with};
        Ok(pipe_with(PipeFlags::CLOEXEC)?)
    }

    /// A pipe that child processes do not inherit. Apple's systems have no call that creates it so;
    /// a process that another thread starts between the two calls keeps it open, which only delays
    /// the end of the input.
    #[cfg(target_vendor = "apple")]
    fn close_on_exec_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
        use rustix::io::{FdFlags, fcntl_setfd};
        let (reader, writer) = rustix::pipe::pipe()?;
        fcntl_setfd(&reader, FdFlags::CLOEXEC)?;
        fcntl_setfd(&writer, FdFlags::CLOEXEC)?;
        Ok((reader, writer))
    }

    /// Flags of a write to a socket that must neither block nor raise `SIGPIPE`.
    #[cfg(not(target_vendor = "apple"))]
    const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

    /// Flags of a write to a socket that must not block. Apple's systems have no flag against
    /// `SIGPIPE`; [`suppress_sigpipe`] sets an option of the socket instead.
    #[cfg(target_vendor = "apple")]
    const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT;

    /// Prevents `SIGPIPE` for writes to a socket. Returns `false` if the system refuses.
    #[cfg(target_vendor = "apple")]
    fn suppress_sigpipe(socket: &OwnedFd) -> bool {
        rustix::net::sockopt::set_socket_nosigpipe(socket, true).is_ok()
    }

    /// Each write prevents `SIGPIPE` by its flags.
    #[cfg(not(target_vendor = "apple"))]
    fn suppress_sigpipe(_socket: &OwnedFd) -> bool {
        true
    }

    /// The original descriptors.
    struct Guard {
        input: OwnedFd,
        output: OwnedFd,
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            // Text that handlers printed without a line break is still in a buffer, and belongs to
            // standard error. A process without usable descriptors cannot be helped here.
            let _ = io::stdout().flush();
            let _ = dup2_stdin(&self.input);
            let _ = dup2_stdout(&self.output);
        }
    }

    /// The input, until it ends or is stopped.
    pub(in super::super) struct Input {
        file: File,
        /// Becomes readable when the stopper closes the other end.
        stopped: OwnedFd,
        room: PipeRoom,
    }

    impl Read for Input {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                let mut watched = [
                    PollFd::new(&self.file, PollFlags::IN),
                    PollFd::new(&self.stopped, PollFlags::IN),
                ];
                poll(&mut watched, None)?;
                if !watched[1].revents().is_empty() {
                    return Ok(0);
                }
                match self.file.read(buffer) {
                    // Another process has read the bytes.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Ok(count) if count >= FULL_PIPE => {
                        self.room.enlarge(&self.file);
                        return Ok(count);
                    }
                    other => return other,
                }
            }
        }
    }

    impl Input {
        pub(in super::super) fn new(input: OwnedFd) -> io::Result<(Self, Stopper)> {
            let (stopped, stop) = close_on_exec_pipe()?;
            let (file, room) = (File::from(input), PipeRoom::default());
            Ok((Self { file, stopped, room }, Stopper(Some(stop))))
        }

        /// `true` if the client has closed its side, even if there are bytes left to read.
        pub(in super::super) fn has_hung_up(&self) -> bool {
            let mut watched =
                [PollFd::new(&self.file, HANG_UP), PollFd::new(&self.stopped, PollFlags::IN)];
            let polled = poll(&mut watched, Some(&Timespec::default()));
            polled.is_ok()
                && (watched[0].revents().intersects(HANG_UP | PollFlags::HUP | PollFlags::ERR)
                    || !watched[1].revents().is_empty())
        }
    }

    /// Event of a client that sends nothing more.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const HANG_UP: PollFlags = PollFlags::RDHUP;

    /// Event of a client that sends nothing more. It is reported without being requested.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const HANG_UP: PollFlags = PollFlags::HUP;

    /// Handle that ends the input from another thread.
    pub(in super::super) struct Stopper(Option<OwnedFd>);

    impl Stopper {
        pub(in super::super) fn stop(&mut self) {
            self.0 = None;
        }
    }

    /// The output, with non-blocking writes where the kind of file allows them.
    pub(in super::super) struct OutputFile {
        file: File,
        eager: Eager,
        room: PipeRoom,
    }

    /// Limit of one blocking write, in bytes. A large one would hide that the client reads.
    const BLOCKING_WRITE: usize = 4 << 10;

    /// Limit of one write to a socket, in bytes. The system frees the room of one only when the
    /// client has read all of it.
    const SOCKET_WRITE: usize = 16 << 10;

    /// Time after which a write to a full socket is tried again. The system reports room only when
    /// most of it is free.
    const SOCKET_RETRY: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

    enum Eager {
        /// A pipe, opened once more so that this end alone does not block.
        Pipe(File),
        Socket,
        No,
    }

    impl OutputFile {
        pub(in super::super) fn new(output: OwnedFd) -> Self {
            let kind = fstat(&output).map(|stat| FileType::from_raw_mode(stat.st_mode));
            let eager = match kind {
                Ok(FileType::Fifo) => reopen(&output).map_or(Eager::No, Eager::Pipe),
                Ok(FileType::Socket) if suppress_sigpipe(&output) => Eager::Socket,
                _ => Eager::No,
            };
            Self { file: File::from(output), eager, room: PipeRoom::default() }
        }

        /// Writes as much as fits without blocking. Returns zero if nothing does.
        pub(in super::super) fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
            let written = match &self.eager {
                Eager::Pipe(pipe) => match (&*pipe).write(bytes) {
                    Err(error)
                        if error.kind() == io::ErrorKind::WouldBlock && self.room.enlarge(pipe) =>
                    {
                        (&*pipe).write(bytes)
                    }
                    other => other,
                },
                Eager::Socket => {
                    let piece = &bytes[..bytes.len().min(SOCKET_WRITE)];
                    send(&self.file, piece, SEND_FLAGS).map_err(io::Error::from)
                }
                Eager::No => Ok(0),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
                other => other,
            }
        }

        /// Writes some bytes, and blocks until the client takes at least one.
        pub(in super::super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            loop {
                let written = match &self.eager {
                    Eager::No => (&self.file).write(&bytes[..bytes.len().min(BLOCKING_WRITE)]),
                    Eager::Pipe(_) | Eager::Socket => self.write_now(bytes),
                };
                match written {
                    Ok(0) if matches!(self.eager, Eager::No) => {
                        return Err(io::ErrorKind::WriteZero.into());
                    }
                    Ok(0) => self.wait()?,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    // Another holder of the file may have made it non-blocking.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait()?,
                    other => return other,
                }
            }
        }

        fn wait(&self) -> io::Result<()> {
            let timeout = matches!(self.eager, Eager::Socket).then_some(&SOCKET_RETRY);
            match poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], timeout) {
                Ok(_) | Err(Errno::INTR) => Ok(()),
                Err(error) => Err(error.into()),
            }
        }

        /// Number of bytes in a pipe that the client has not taken yet. Zero if the system does not
        /// report it.
        pub(in super::super) fn unread(&self) -> u64 {
            match &self.eager {
                Eager::Pipe(pipe) => ioctl_fionread(pipe).unwrap_or_default(),
                Eager::Socket | Eager::No => 0,
            }
        }
    }

    /// Opens the pipe once more, because making this one non-blocking would do so for every holder.
    /// Only Linux has a path for that; elsewhere the output is written by blocking writes.
    fn reopen(output: &OwnedFd) -> Option<File> {
        use std::os::fd::AsRawFd as _;
        let path = format!("/proc/self/fd/{}", output.as_fd().as_raw_fd());
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        open(path, flags, Mode::empty()).ok().map(File::from)
    }
}

#[cfg(not(any(unix, windows)))]
mod other {
    use std::io::{self, Read, Write};

    use super::Descriptors;

    pub(in super::super) fn take() -> io::Result<Descriptors> {
        Ok(Descriptors { input: Input, output: OutputFile, stopper: Stopper, guard: Box::new(()) })
    }

    /// The input, until it ends.
    pub(in super::super) struct Input;

    impl Read for Input {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            io::stdin().read(buffer)
        }
    }

    impl Input {
        /// `true` if the client has closed its side, which is not known here before it is read.
        pub(in super::super) fn has_hung_up(&self) -> bool {
            false
        }
    }

    /// Handle that does nothing: a read cannot be interrupted here, so the thread ends with the
    /// process.
    pub(in super::super) struct Stopper;

    impl Stopper {
        pub(in super::super) fn stop(&mut self) {}
    }

    /// The output.
    pub(in super::super) struct OutputFile;

    impl OutputFile {
        /// Writes nothing: there are no non-blocking writes here.
        pub(in super::super) fn write_now(&self, _bytes: &[u8]) -> io::Result<usize> {
            Ok(0)
        }

        /// Writes some bytes, and blocks until the client takes them.
        pub(in super::super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            let mut output = io::stdout().lock();
            let count = output.write(bytes)?;
            output.flush()?;
            Ok(count)
        }

        /// Number of bytes that the client has not taken yet, which is not known here.
        pub(in super::super) fn unread(&self) -> u64 {
            0
        }
    }
}
