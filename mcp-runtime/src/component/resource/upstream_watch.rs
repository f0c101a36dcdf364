//! Watches of resources that belong to upstream servers.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock;
use crate::component::app::App;
use crate::component::resource::find::reader as find_reader;

/// Time limit for an upstream server to confirm a watch before the client is answered anyway.
pub(crate) const SETTLE_TIMEOUT: Duration = Duration::from_secs(5);

/// Progress of one upstream server in watching the resources that clients watch here: the number of
/// changes of `ResourceSubscribers` that it has applied.
#[derive(Debug)]
pub(crate) struct UpstreamWatch(watch::Sender<u64>);

impl Default for UpstreamWatch {
    /// No task follows the server yet, so there is nothing to wait for.
    fn default() -> Self {
        Self(watch::Sender::new(u64::MAX))
    }
}

impl UpstreamWatch {
    /// Records the number of changes that the upstream server has applied.
    pub(crate) fn has_followed(&self, count: u64) {
        self.0.send_replace(count);
    }

    /// Records that no task follows the upstream server any more.
    pub(crate) fn follows_no_more(&self) {
        self.has_followed(u64::MAX);
    }

    async fn settled(&self, count: u64) {
        // The sender is this one.
        let _ = self.0.subscribe().wait_for(|followed| *followed >= count).await;
    }
}

/// Waits until the upstream servers watch the resources that are watched now. A client whose
/// subscription is confirmed misses no change from then on. A slow server delays the answer by at
/// most [`SETTLE_TIMEOUT`]; servers without a resource among the URIs do not delay it.
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
    // A watch that is confirmed later reports its resource as changed.
    let _ = clock::timeout(SETTLE_TIMEOUT, waiting).await;
}
