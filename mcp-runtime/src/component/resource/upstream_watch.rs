//! Resources of other servers, which have to be watched there before a change can be told here.

use std::time::Duration;

use tokio::sync::watch;

use crate::component::app::App;
use crate::component::resource::find::reader as find_reader;

/// How long a client waits for another server to agree before it is answered regardless.
pub(crate) const SETTLE_TIMEOUT: Duration = Duration::from_secs(5);

/// How far one other server has followed what is watched here: up to which of the changes that
/// `ResourceSubscribers` counts.
#[derive(Debug)]
pub(crate) struct UpstreamWatch(watch::Sender<u64>);

impl Default for UpstreamWatch {
    /// Nothing follows yet, so there is nothing to wait for.
    fn default() -> Self {
        Self(watch::Sender::new(u64::MAX))
    }
}

impl UpstreamWatch {
    /// Says that what was watched after so many changes is watched there.
    pub(crate) fn has_followed(&self, count: u64) {
        self.0.send_replace(count);
    }

    /// Says that nothing follows any more.
    pub(crate) fn follows_no_more(&self) {
        self.has_followed(u64::MAX);
    }

    async fn settled(&self, count: u64) {
        // The sender is this one.
        let _ = self.0.subscribe().wait_for(|followed| *followed >= count).await;
    }
}

/// Waits until what is watched now is watched where it is: a client that knows that it watches a
/// resource misses no change of it from then on. Another server that is slow does not hold it up
/// for long, and neither does one whose resources are not among those of the URIs.
pub(crate) async fn settled(app: &App, uris: impl Iterator<Item = &str>) {
    let registry = app.live.registry();
    let watch = |uri| find_reader(&registry, uri).and_then(|(reader, _)| reader.watch);
    let all: Vec<_> = uris.filter_map(watch).collect();
    if all.is_empty() {
        return;
    }
    let count = app.live.feed.subscribers.change_count();
    let waiting = async {
        for one in all {
            one.settled(count).await;
        }
    };
    // What is watched there later is told as changed.
    let _ = tokio::time::timeout(SETTLE_TIMEOUT, waiting).await;
}
