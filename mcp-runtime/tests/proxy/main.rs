//! Servers behind a server, in both eras on either side.

#![allow(missing_docs)]

mod changes;
mod components;
mod gateway;
mod questions;
