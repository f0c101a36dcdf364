//! Takes the tasks that the executor gives to this process, and holds their leases.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::run;
use crate::clock::{Instant, MissedTickBehavior, interval, sleep};
use crate::component::app::App;
use crate::component::running_tasks::Hold;
use crate::store::executor::Lease;

/// Time between attempts to reach the store.
const RETRY: Duration = Duration::from_secs(1);

/// Number of times within the lease time that leases are extended.
const EXTENSIONS: u32 = 3;

/// Takes tasks until the server ends: those that other processes have left, and what the executor
/// distributes. It is called when a server begins to serve, and when a task is created.
pub(crate) fn resume(app: &Arc<App>) {
    if !app.live.has_tasks() || app.closing.is_cancelled() {
        return;
    }
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let Some(taking) = app.live.tasks.begin_to_take() else { return };
    let app = Arc::clone(app);
    runtime.spawn(async move {
        tokio::join!(take(&app), extend(&app));
        if let Err(error) = app.executor.leave().await {
            tracing::debug!(error = %error.report(), "this server stays listed until it is idle for long");
        }
        drop(taking);
    });
}

/// Waits until this process runs no tasks and takes none.
pub(crate) async fn drained(app: &App) {
    app.live.tasks.drained().await;
}

async fn take(app: &Arc<App>) {
    let limit = match app.executor.lease_time() {
        Some(_) => app.task_concurrency,
        // No other process would run the rest.
        None => usize::MAX,
    };
    loop {
        let room = tokio::select! {
            biased;
            () = app.closing.cancelled() => return,
            room = app.live.tasks.room(limit) => room,
        };
        let mut leasing = pin!(app.executor.lease(room));
        let leased = tokio::select! {
            leased = &mut leasing => leased,
            () = app.closing.cancelled() => {
                app.executor.stop();
                // What was given to this process meanwhile is given back.
                leasing.await
            }
        };
        match leased {
            Ok(Some(leases)) => {
                for lease in leases {
                    start(app, lease).await;
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::error!(error = %error.report(), "tasks cannot be taken up now");
                tokio::select! {
                    () = sleep(RETRY) => {}
                    () = app.closing.cancelled() => return,
                }
            }
        }
    }
}

async fn start(app: &Arc<App>, lease: Lease) {
    if app.closing.is_cancelled() {
        return run::give_back(app, &lease).await;
    }
    let hold = match app.executor.lease_time() {
        Some(time) => Hold::Until(Instant::now() + time),
        None => Hold::Always,
    };
    // It is here already if this process was late with extending its lease.
    if let Some(here) = app.live.tasks.enter(lease, hold) {
        tokio::spawn(run::run(Arc::clone(app), here, None));
    }
}

/// Extends the leases of this process, until the server has ended and no task is left.
async fn extend(app: &App) {
    let Some(time) = app.executor.lease_time() else { return };
    let mut ticks = interval(time / EXTENSIONS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ended = pin!(async {
        app.closing.cancelled().await;
        app.live.tasks.empty().await;
    });
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = &mut ended => return,
        }
        let leases = app.live.tasks.leases();
        if leases.is_empty() {
            continue;
        }
        let until = Instant::now() + time;
        match app.executor.keep_alive(&leases).await {
            Ok(lost) => app.live.tasks.extend(&leases, until, &lost),
            Err(error) => {
                tracing::warn!(error = %error.report(), "the leases of tasks cannot be extended now");
            }
        }
    }
}
