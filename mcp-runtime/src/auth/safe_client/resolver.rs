//! Resolution of host names: once, and every address is checked before one of them is connected to.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Reach, is_loopback_name};

/// Future of the addresses of a host.
pub(super) type Addresses = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Looks up the addresses of a host.
pub(super) trait Lookup: Send + Sync + 'static {
    /// Looks up the addresses of a host.
    fn lookup(&self, host: &str) -> Addresses;
}

/// The resolver of the system.
pub(super) struct System;

impl Lookup for System {
    fn lookup(&self, host: &str) -> Addresses {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Resolver of the HTTP client. What it returns is what the client connects to, so a name cannot have
/// one address when it is checked and another one afterwards.
pub(super) struct Checked {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) reach: Reach,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.lookup.lookup(name.as_str());
        let reach = self.reach;
        let on_this_machine = is_loopback_name(name.as_str());
        Box::pin(async move {
            let addresses = found.await?;
            for address in &addresses {
                reach.check(*address).map_err(NotAllowed)?;
                // Requests to these names are not encrypted.
                if on_this_machine && !address.is_loopback() {
                    return Err(NotAllowed("a name of the machine itself elsewhere").into());
                }
            }
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok::<Addrs, Box<dyn StdError + Send + Sync>>(Box::new(addresses))
        })
    }
}

/// Error for a host with an address that may not be reached.
#[derive(Debug)]
pub(super) struct NotAllowed(pub(super) &'static str);

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host has {}, which may not be reached", self.0)
    }
}

impl StdError for NotAllowed {}
