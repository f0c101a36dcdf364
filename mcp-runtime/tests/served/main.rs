//! What servers do, as every client sees it in either era.

#![allow(missing_docs)]

mod composition;
mod extensions;
mod hooks;
mod kit;
mod lists;
mod subscriptions;
mod texts;
mod uri_lists;
mod visibility;
