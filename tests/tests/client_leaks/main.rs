//! Servers that fail in every way, a thousand times each: every round comes to one clear error, and
//! when all are over, nothing of them is left: no task, no descriptor, no process and no memory.

#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod child;
mod failure;
mod held;
mod http;
mod pipe;
mod rounds;
