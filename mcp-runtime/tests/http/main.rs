//! Servers over HTTP, as clients see them.

mod asking;
mod asking_apart;
#[cfg(feature = "audit")]
mod audit;
mod blocking;
mod client;
mod composition;
mod connections;
mod cors;
mod disconnects;
mod extensions;
mod guard;
mod health;
mod hooks;
#[cfg(feature = "store-redb")]
mod instances;
mod layers;
mod lifespans;
#[cfg(feature = "limits")]
mod limits;
mod memory;
mod modern;
mod mounted;
mod refusals;
mod repeated_rounds;
mod resumption;
mod rules;
mod scopes;
mod session_memory;
mod sessions;
mod shutdown;
mod site;
#[cfg(feature = "store-redb")]
mod stored_rounds;
mod streams;
mod subscriptions;
mod tasks;
mod tracing;
