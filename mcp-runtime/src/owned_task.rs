//! A task that ends with its owner.

/// A spawned task that is aborted when this handle is dropped.
#[derive(Debug)]
pub(crate) struct OwnedTask(tokio::task::JoinHandle<()>);

impl OwnedTask {
    /// Spawns a task in the runtime of the caller.
    pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }

    /// Spawns a task in a given runtime.
    pub(crate) fn spawn_in(
        runtime: &tokio::runtime::Handle,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self(runtime.spawn(future))
    }
}

impl Drop for OwnedTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}
