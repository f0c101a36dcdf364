//! A connection to an upstream server: its lists, and the subscription to them.

use std::sync::Arc;

use super::list_changes::ListChanges;
use super::listing::{Listing, Lists};
use crate::client::{Client, Error};
use crate::component::list_hints::ListHints;

/// An upstream server that has been reached.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) listing: Listing,
    /// Lists that could not be requested.
    pub(crate) failed: Lists,
    /// Changes of the lists, if the server reports them.
    pub(crate) changes: Option<ListChanges>,
}

impl Connected {
    /// Subscribes to the lists of a server and requests them.
    ///
    /// # Errors
    /// The end of the connection, and the first failure if no list could be requested.
    pub(crate) async fn establish(client: Client, hints: &Arc<ListHints>) -> Result<Self, Error> {
        // Subscribed before the lists are requested, so that no change is missed between the two.
        let changes = ListChanges::open(&client, hints).await?;
        let lists = Lists::declared(&client.server_info().capabilities);
        let (mut listing, failed) = Listing::request(&client, lists, true).await?;
        listing.complete(lists);
        let followed = changes.as_ref().map(ListChanges::followed).unwrap_or_default();
        listing.store_hints(hints, followed);
        Ok(Self { client, listing, failed, changes })
    }
}
