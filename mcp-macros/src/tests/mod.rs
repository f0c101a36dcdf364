//! The pipeline without a compiler: mistakes and their messages, and snapshots of expansions.

mod messages_of_ask;
mod messages_of_client;
mod messages_of_elicit;
mod messages_of_prompt;
mod messages_of_resource;
mod messages_of_server;
mod messages_of_tool;
mod recovery;
mod snapshots;
