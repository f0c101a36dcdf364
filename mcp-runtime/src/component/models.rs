//! Models of the leases of tasks: a task is here once, and a lost lease ends its run and no other one.

use std::sync::Arc;
use std::time::Duration;

use shuttle::future::spawn;

use super::running_tasks::{Hold, RunningTasks};
use crate::clock::Instant;
use crate::store::executor::Lease;
use crate::sync::check;

fn lease(entry: &str) -> Lease {
    Lease { job: "job".to_owned(), entry: entry.to_owned() }
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[test]
fn a_task_is_entered_once_at_a_time() {
    check(async || {
        let tasks = Arc::<RunningTasks>::default();
        let enter = |entry: &'static str| {
            let tasks = Arc::clone(&tasks);
            spawn(async move {
                let here = tasks.enter(lease(entry), Hold::Always);
                if here.is_some() {
                    assert_eq!(tasks.leases(), [lease(entry)]);
                }
                shuttle::future::yield_now().await;
                here.is_some()
            })
        };
        let (one, other) = (enter("1"), enter("2"));
        assert!(one.await.unwrap() | other.await.unwrap());
        tasks.drained().await;
        assert_eq!(tasks.leases(), []);
        assert_eq!(tasks.room(2).await, 2);
    });
}

#[test]
fn a_lost_lease_ends_its_own_run_only() {
    check(async || {
        let tasks = Arc::<RunningTasks>::default();
        let first = tasks.enter(lease("1"), Hold::Until(later())).unwrap();
        let extending = Arc::clone(&tasks);
        let extending = spawn(async move {
            let leases = extending.leases();
            extending.extend(&leases, later(), &[lease("1")]);
        });
        let next = Arc::clone(&tasks);
        let next = spawn(async move {
            drop(first);
            let here = next.enter(lease("2"), Hold::Until(later())).unwrap();
            shuttle::future::yield_now().await;
            here
        });
        extending.await.unwrap();
        let here = next.await.unwrap();
        assert_ne!(*here.hold.borrow(), Hold::Lost);
        drop(here);
        tasks.empty().await;
    });
}

#[test]
fn a_run_notices_that_its_lease_is_lost() {
    check(async || {
        let tasks = Arc::<RunningTasks>::default();
        let here = tasks.enter(lease("1"), Hold::Until(later())).unwrap();
        let extending = Arc::clone(&tasks);
        let extending = spawn(async move {
            extending.extend(&[lease("1")], later(), &[]);
            extending.extend(&[lease("1")], later(), &[lease("1")]);
        });
        here.lost().await;
        extending.await.unwrap();
    });
}

#[test]
fn a_task_that_waits_gives_its_room_back() {
    check(async || {
        let tasks = Arc::<RunningTasks>::default();
        let here = Arc::new(tasks.enter(lease("1"), Hold::Always).unwrap());
        let waiting = Arc::clone(&here);
        let waiting = spawn(async move { waiting.set_waiting(true) });
        assert_eq!(tasks.room(1).await, 1);
        waiting.await.unwrap();
        let (one, other) = (Arc::clone(&here), here);
        let one = spawn(async move { one.set_waiting(false) });
        other.set_waiting(false);
        drop(other);
        one.await.unwrap();
        tasks.empty().await;
        assert_eq!(tasks.room(1).await, 1);
    });
}
