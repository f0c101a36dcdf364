//! Fault injection: every read and write that a peer, a socket or a device can fail, in turn. Each ends in a clear
//! error or in a clean end, and the next call works.

mod device;
mod faulty;
mod pipe;
mod reset;
