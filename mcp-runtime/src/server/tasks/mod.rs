//! Tasks: calls of tools that go on after their answer, and survive this process.
//!
//! A task is data in the [`Store`](crate::Store): the call, the results of its `once` steps, and the
//! answers of its client. It is created before the client gets its id. The
//! [`Executor`](crate::store::executor::Executor) decides which process runs it, [`driver`] takes it there,
//! and [`run`] carries it out, from the beginning each time: what the store has is not done again. Every
//! write of a run requires that the run is still the current one of its task, so an instance that was
//! taken for dead cannot write.
//!
//! Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md),
//! and of 2025-11-25 [Tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks).

mod access;
mod admission;
mod asking;
mod driver;
mod exchange;
mod follow;
mod keys;
mod methods;
pub(crate) mod record;
mod result;
mod room;
mod run;
mod session_status;
mod sink;
mod steps;
mod time;
mod wire;

pub(crate) use access::may_list;
pub(crate) use admission::admit;
#[cfg(feature = "http")]
pub(crate) use asking::ask_for;
pub(crate) use driver::{drained, resume};
pub(crate) use follow::{Followed, follow};
pub(crate) use keys::UNFINISHED;
pub(crate) use methods::{cancel, get, list, update};
pub(crate) use result::result;
