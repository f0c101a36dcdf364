//! A client and a server together.

mod in_memory;

pub use in_memory::InMemory;
