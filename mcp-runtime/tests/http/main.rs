//! Servers over HTTP, as clients see them.

mod client;
mod connections;
mod guard;
mod lists;
mod modern;
mod mounted;
mod refusals;
mod sessions;
mod site;
mod streams;
