//! The loop of an agent, with models of scripts and real MCP servers.

mod approval;
mod changes;
mod events;
mod hostile;
mod kit;
mod limits;
mod model;
mod parallel;
mod resuming;
mod rounds;
mod searching;
mod stopping;
mod stops;
