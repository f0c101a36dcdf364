//! Tools that run as tasks, as clients of both generations see them.

mod cancelling;
mod creating;
mod durable;
mod kit;
mod listening;
mod outcomes;
mod policies;
mod questions;
mod refusals;
mod surroundings;
mod tools;
