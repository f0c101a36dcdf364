//! Calls that go on as tasks of the server.

mod hostile;
mod resumed;
mod scripted;
mod served;
mod server;
