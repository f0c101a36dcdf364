//! The queue of records, and the thread that writes them.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use mcp_core::method::Method;
use tokio::sync::Notify;

use super::Settings;
use super::record::{AuditRecord, PolicyDecision};
use crate::component::observer::{Decided, Observation, Observed, Observer, Outcome};
use crate::component::policy::Decision;

/// Time that the thread has to write the last records.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Records that are written at once.
const BATCH: usize = 256;

/// The audit log of a server. Dropped, it waits until its records are written.
pub(super) struct AuditLog {
    shared: Arc<Shared>,
    /// Received when the thread has ended.
    ended: Mutex<mpsc::Receiver<()>>,
}

/// State shared with observations and the thread.
struct Shared {
    settings: Settings,
    /// `None` once the log has ended.
    records: Mutex<Option<mpsc::Sender<AuditRecord>>>,
    /// Number of records that wait.
    waiting: AtomicUsize,
    /// Notified when records have been written.
    written: Notify,
    /// Number of records that were dropped since the last one.
    lost: AtomicU64,
}

impl AuditLog {
    /// Starts the thread that writes.
    pub(super) fn start(
        settings: Settings,
        mut write: impl FnMut(&[AuditRecord]) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<AuditRecord>();
        let (over, ended) = mpsc::channel();
        let shared = Arc::new(Shared {
            settings,
            records: Mutex::new(Some(sender)),
            waiting: AtomicUsize::new(0),
            written: Notify::new(),
            lost: AtomicU64::new(0),
        });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new().name("mcp-audit".into()).spawn(move || {
            // Dropped when the thread ends, also if the function panics.
            let _over = over;
            while let Ok(first) = receiver.recv() {
                let mut batch = vec![first];
                batch.extend(receiver.try_iter().take(BATCH - 1));
                let count = batch.len();
                batch[0].lost = of_thread.lost.swap(0, Ordering::AcqRel);
                if let Err(error) = write(&batch) {
                    let lost = batch[0].lost + count as u64;
                    of_thread.lost.fetch_add(lost, Ordering::AcqRel);
                    tracing::error!(%error, lost, "records of the audit log cannot be written");
                }
                of_thread.waiting.fetch_sub(count, Ordering::AcqRel);
                of_thread.written.notify_waiters();
            }
        })?;
        Ok(Self { shared, ended: Mutex::new(ended) })
    }
}

impl Shared {
    fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Acquire) >= self.settings.queue
    }

    /// Waits until there is room for further records.
    async fn room(&self) {
        loop {
            let mut written = pin!(self.written.notified());
            written.as_mut().enable();
            if !self.is_full() {
                return;
            }
            written.await;
        }
    }

    fn push(&self, record: AuditRecord) {
        if self.settings.drops_when_full && self.is_full() {
            self.lost.fetch_add(1, Ordering::AcqRel);
            return;
        }
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sent = records.as_ref().is_some_and(|records| records.send(record).is_ok());
        if !is_sent {
            // The function of the log has panicked.
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            tracing::error!("a record of the audit log is lost, because its writer has ended");
        }
    }

    fn records(&self, request: &Observed) -> bool {
        use Method::{PromptsGet, ResourcesRead, TasksCancel, TasksUpdate, ToolsCall};

        self.settings.records_all
            || request.context.exchange().method.protocol().is_none_or(|method| {
                matches!(method, ToolsCall | ResourcesRead | PromptsGet | TasksUpdate | TasksCancel)
            })
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        // The thread ends when it has written all records.
        self.shared.records.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(FLUSH_TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::error!("the last records of the audit log are not written yet");
        }
    }
}

impl Observer for AuditLog {
    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        match self.shared.settings.drops_when_full {
            true => Box::pin(std::future::ready(())),
            false => Box::pin(self.shared.room()),
        }
    }

    fn begin(&self, request: &Observed) -> Box<dyn Observation> {
        let shared = self.shared.records(request).then(|| Arc::clone(&self.shared));
        Box::new(Audited { shared, decision: None })
    }
}

/// One request that is recorded, unless its method is not.
struct Audited {
    shared: Option<Arc<Shared>>,
    /// The last decision of a policy.
    decision: Option<PolicyDecision>,
}

impl Observation for Audited {
    fn decided(&mut self, request: &Observed, decided: &Decided<'_>) {
        let Some(shared) = &self.shared else { return };
        let decision = match decided {
            Decided::By(verdict) => PolicyDecision {
                decision: match &verdict.decision {
                    Decision::Allow => "allow",
                    Decision::Deny(_) => "deny",
                    Decision::Ask(_) => "ask",
                },
                rule: verdict.rule.as_deref().map(Into::into),
                reason: match &verdict.decision {
                    Decision::Deny(reason) => Some(reason.as_str().into()),
                    Decision::Allow | Decision::Ask(_) => None,
                },
                user: None,
            },
            Decided::User { agrees } => {
                let decision = self.decision.take().unwrap_or_default();
                let user = Some(if *agrees { "agreed" } else { "did not agree" });
                PolicyDecision { user, ..decision }
            }
        };
        shared.push(AuditRecord::of(request, "decision", Some(&decision), None, None));
        self.decision = Some(decision);
    }

    fn end(self: Box<Self>, request: &Observed, outcome: &Outcome, arguments: Option<&str>) {
        if let Some(shared) = &self.shared {
            let event = if request.is_task { "task" } else { "call" };
            let decision = self.decision.as_ref();
            shared.push(AuditRecord::of(request, event, decision, Some(outcome), arguments));
        }
    }
}
