//! The behaviour of every backend, as tests over a `Trial`.

#[cfg(feature = "testing")]
pub(crate) mod faulty;
#[cfg(any(feature = "store-redb", feature = "store-redis"))]
pub(crate) mod folder;
pub(crate) mod trial;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;

use self::trial::Trial;
use super::batch::{Batch, Committed, Record};

/// Makes one test of each case. `$make` is an async function that returns the trial, or `None` if the
/// engine is not on this machine.
macro_rules! conformance {
    ($make:path) => {
        conformance! { $make:
            records_are_read_as_written, versions_grow_and_never_return, expectations_are_compared,
            a_conflict_writes_nothing, writes_are_carried_out_in_order,
            one_of_many_writers_wins, counting_by_many_writers_loses_nothing,
            entries_are_numbered_from_one, logs_are_read_in_parts, entries_of_many_writers_have_no_holes,
            members_are_in_the_order_of_bytes, sets_are_read_in_parts, sets_are_limited,
            records_expire, logs_expire, an_expiry_can_be_moved,
            messages_reach_the_listeners_of_a_topic, a_slow_listener_reads_again,
            a_conflict_publishes_nothing,
            values_may_be_large, names_may_be_any_text, kinds_have_names_of_their_own,
            a_large_batch_is_whole
        }
    };
    ($make:path: $($case:ident),*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(trial) = $make().await {
                    $crate::store::suite::$case(&trial).await;
                }
            }
        )*
    };
}

pub(super) use conformance;

pub(super) async fn records_are_read_as_written(trial: &Trial) {
    assert_eq!(trial.backend.get("key").await.unwrap(), None);
    let binary: Vec<u8> = (0..=255).collect();
    let version = trial.commit(Batch::new().put("key", binary.clone(), None)).await;
    let read = trial.backend.get("key").await.unwrap();
    assert_eq!(read, Some(Record { value: Bytes::from(binary), version }));
    trial.commit(Batch::new().put("key", "", None)).await;
    assert_eq!(trial.text("key").await.as_deref(), Some(""));
    trial.commit(Batch::new().remove("key")).await;
    assert_eq!(trial.backend.get("key").await.unwrap(), None);
    trial.commit(Batch::new().remove("key").remove_log("log").take("set", "member")).await;
}

pub(super) async fn versions_grow_and_never_return(trial: &Trial) {
    let mut seen = Vec::new();
    for round in 0..5 {
        let batch = Batch::new().put("a", format!("{round}"), None).put("b", "", None);
        let version = trial.commit(batch).await;
        assert_eq!(trial.version("a").await, Some(version));
        assert_eq!(trial.version("b").await, Some(version));
        seen.push(version);
        if round % 2 == 0 {
            trial.commit(Batch::new().remove("a")).await;
        }
    }
    assert!(seen.iter().all(|version| *version > 0), "{seen:?}");
    assert!(seen.is_sorted_by(|earlier, later| earlier < later), "{seen:?}");
}

pub(super) async fn expectations_are_compared(trial: &Trial) {
    let first = trial.commit(Batch::new().expect_absent("key").put("key", "1", None)).await;
    assert!(trial.conflicts(Batch::new().expect_absent("key").put("key", "2", None)).await);
    assert!(trial.conflicts(Batch::new().expect("key", first + 1).put("key", "2", None)).await);
    assert!(trial.conflicts(Batch::new().expect("none", first).put("key", "2", None)).await);
    assert_eq!(trial.text("key").await.as_deref(), Some("1"));
    let second = trial.commit(Batch::new().expect("key", first).put("key", "2", None)).await;
    assert!(trial.conflicts(Batch::new().expect("key", first)).await);
    trial.commit(Batch::new().expect("key", second)).await;
    assert_eq!(trial.version("key").await, Some(second));
    trial.commit(Batch::new().expect("key", second).remove("key")).await;
    assert!(trial.conflicts(Batch::new().expect("key", second).put("key", "3", None)).await);
    trial.commit(Batch::new().expect_absent("key")).await;
}

pub(super) async fn a_conflict_writes_nothing(trial: &Trial) {
    let version = trial.commit(Batch::new().put("a", "1", None).append("log", "1", None)).await;
    let before = trial.commit(Batch::new().add("set", "1").put("b", "1", None)).await;
    let batch = Batch::new()
        .expect("a", version)
        .put("a", "2", None)
        .put("new", "2", None)
        .remove("b")
        .append("log", "2", None)
        .append("new", "2", None)
        .add("set", "2")
        .take("set", "1");
    assert!(trial.conflicts(batch.clone().expect("b", version)).await);
    assert!(trial.conflicts(batch.clone().remove_log("log").expect_absent("b")).await);
    assert_eq!(trial.version("a").await, Some(version));
    assert_eq!(trial.version("b").await, Some(before));
    assert_eq!(trial.text("new").await, None);
    assert_eq!(trial.log("log").await, [(1, "1".to_owned())]);
    assert_eq!(trial.log("new").await, []);
    assert_eq!(trial.set("set").await, ["1"]);
    trial.commit(batch.expect("b", before)).await;
    assert_eq!(trial.text("a").await.as_deref(), Some("2"));
    assert_eq!(trial.text("b").await, None);
    assert_eq!(trial.log("log").await, [(1, "1".to_owned()), (2, "2".to_owned())]);
    assert_eq!(trial.set("set").await, ["2"]);
}

pub(super) async fn writes_are_carried_out_in_order(trial: &Trial) {
    let batch = Batch::new()
        .put("key", "1", None)
        .remove("key")
        .put("key", "2", None)
        .put("gone", "1", None)
        .remove("gone")
        .append("log", "1", None)
        .remove_log("log")
        .append("log", "2", None)
        .append("log", "3", None)
        .add("set", "a")
        .take("set", "a")
        .add("set", "b")
        .add("set", "b");
    trial.commit(batch).await;
    assert_eq!(trial.text("key").await.as_deref(), Some("2"));
    assert_eq!(trial.text("gone").await, None);
    assert_eq!(trial.log("log").await, [(1, "2".to_owned()), (2, "3".to_owned())]);
    assert_eq!(trial.set("set").await, ["b"]);
}

pub(super) async fn one_of_many_writers_wins(trial: &Trial) {
    for round in 0..10 {
        let key = format!("key {round}");
        let writers = (0..16).map(|writer| {
            let (backend, key) = (trial.backend.clone(), key.clone());
            tokio::spawn(async move {
                let text = format!("{writer}");
                let batch = Batch::new().expect_absent(&key).put(&key, text.clone(), None);
                (text, backend.commit(batch).await.unwrap())
            })
        });
        let mut winners = Vec::new();
        for writer in writers.collect::<Vec<_>>() {
            let (text, committed) = writer.await.unwrap();
            winners.extend((committed != Committed::Conflict).then_some(text));
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!(trial.text(&key).await.as_ref(), winners.first());
    }
}

pub(super) async fn counting_by_many_writers_loses_nothing(trial: &Trial) {
    trial.commit(Batch::new().put("count", "0", None)).await;
    let counters = (0..8).map(|_| {
        let backend = trial.backend.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                loop {
                    let record = backend.get("count").await.unwrap().unwrap();
                    let count: u32 = std::str::from_utf8(&record.value).unwrap().parse().unwrap();
                    let next = (count + 1).to_string();
                    let batch = Batch::new().expect("count", record.version);
                    let batch = batch.put("count", next, None);
                    if backend.commit(batch).await.unwrap() != Committed::Conflict {
                        break;
                    }
                }
            }
        })
    });
    for counter in counters.collect::<Vec<_>>() {
        counter.await.unwrap();
    }
    assert_eq!(trial.text("count").await.as_deref(), Some("40"));
}

pub(super) async fn entries_are_numbered_from_one(trial: &Trial) {
    assert_eq!(trial.log("log").await, []);
    for entry in ["a", "", "c"] {
        trial.commit(Batch::new().append("log", entry, None)).await;
    }
    let expected = [(1, "a".to_owned()), (2, String::new()), (3, "c".to_owned())];
    assert_eq!(trial.log("log").await, expected);
    trial.commit(Batch::new().remove_log("log")).await;
    assert_eq!(trial.log("log").await, []);
    trial.commit(Batch::new().append("log", "again", None)).await;
    assert_eq!(trial.log("log").await, [(1, "again".to_owned())]);
}

pub(super) async fn logs_are_read_in_parts(trial: &Trial) {
    let batch = (1..=10).fold(Batch::new(), |batch, entry| batch.append("log", vec![entry], None));
    trial.commit(batch).await;
    let check = async |after, limit, expected: &[u64]| {
        let entries = trial.backend.entries("log", after, limit).await.unwrap();
        let numbers: Vec<_> = entries.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, expected, "{limit} after {after}");
        assert!(entries.iter().all(|(number, entry)| u64::from(entry[0]) == *number));
    };
    check(0, 3, &[1, 2, 3]).await;
    check(3, 3, &[4, 5, 6]).await;
    check(8, 5, &[9, 10]).await;
    check(10, 5, &[]).await;
    check(4, 0, &[]).await;
    check(99, 5, &[]).await;
    check(u64::MAX, 5, &[]).await;
    check(8, usize::MAX, &[9, 10]).await;
}

pub(super) async fn entries_of_many_writers_have_no_holes(trial: &Trial) {
    let writers = (0..4).map(|writer| {
        let backend = trial.backend.clone();
        tokio::spawn(async move {
            for index in 0..10 {
                let entry = format!("{writer}.{index}");
                backend.commit(Batch::new().append("log", entry, None)).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let entries = trial.log("log").await;
    assert!(entries.iter().map(|(number, _)| *number).eq(1..=40), "{entries:?}");
    for writer in 0..4 {
        let prefix = format!("{writer}.");
        let own = entries.iter().filter_map(|(_, entry)| entry.strip_prefix(&prefix));
        assert!(own.eq((0..10).map(|index| index.to_string())), "{entries:?}");
    }
}

pub(super) async fn members_are_in_the_order_of_bytes(trial: &Trial) {
    assert_eq!(trial.set("set").await, <[String; 0]>::default());
    let members =
        ["b", "a", "", "B", "ä", "a\0", "10", "9", "-", "+", "[", "(", "aa", "\u{10ffff}"];
    for member in members {
        trial.commit(Batch::new().add("set", member)).await;
    }
    let sorted: BTreeSet<_> = members.iter().map(|member| (*member).to_owned()).collect();
    assert!(trial.set("set").await.iter().eq(&sorted), "{:?}", trial.set("set").await);
    trial.commit(Batch::new().take("set", "a").take("set", "c")).await;
    let left = sorted.iter().filter(|member| *member != "a");
    assert!(trial.set("set").await.iter().eq(left), "{:?}", trial.set("set").await);
}

pub(super) async fn sets_are_read_in_parts(trial: &Trial) {
    let batch = Batch::new().add("set", "a").add("set", "b").add("set", "c").add("set", "d");
    trial.commit(batch.add("set2", "e")).await;
    let check = async |after, limit, expected: &[&str]| {
        let members = trial.backend.members("set", after, limit).await.unwrap();
        assert_eq!(members, expected, "{limit} behind {after:?}");
    };
    check(None, 2, &["a", "b"]).await;
    check(Some("b"), 2, &["c", "d"]).await;
    check(Some("bb"), 1, &["c"]).await;
    check(Some("d"), 2, &[]).await;
    check(None, 0, &[]).await;
    check(Some(""), usize::MAX, &["a", "b", "c", "d"]).await;
}

/// Lifetime of what expires, for engines whose clock is real too.
const SOON: Duration = Duration::from_millis(300);

pub(super) async fn sets_are_limited(trial: &Trial) {
    let add = |member: &str| Batch::new().expect_fewer("set", 2).add("set", member);
    trial.commit(Batch::new().add("s", "1").add("sets", "1").add("sets", "2")).await;
    trial.commit(add("1")).await;
    trial.commit(add("2")).await;
    assert!(trial.conflicts(add("3")).await);
    assert!(trial.conflicts(Batch::new().expect_fewer("none", 0)).await);
    assert_eq!(trial.set("set").await, ["1", "2"]);
    trial.commit(Batch::new().take("set", "1")).await;
    trial.commit(add("3")).await;
    assert_eq!(trial.set("set").await, ["2", "3"]);
}

pub(super) async fn records_expire(trial: &Trial) {
    let soon = Some(trial.time.now() + SOON);
    let late = Some(trial.time.now() + Duration::from_secs(3600));
    let batch = Batch::new().put("soon", "1", soon).put("late", "1", late).put("never", "1", None);
    let version = trial.commit(batch).await;
    assert_eq!(trial.text("soon").await.as_deref(), Some("1"));
    assert!(trial.conflicts(Batch::new().expect_absent("soon")).await);
    trial.time.pass(SOON).await;
    assert_eq!(trial.text("soon").await, None);
    assert_eq!(trial.text("late").await.as_deref(), Some("1"));
    assert_eq!(trial.text("never").await.as_deref(), Some("1"));
    assert!(trial.conflicts(Batch::new().expect("soon", version)).await);
    let again = trial.commit(Batch::new().expect_absent("soon").put("soon", "2", None)).await;
    assert!(again > version);
    assert_eq!(trial.text("soon").await.as_deref(), Some("2"));
    // An expiry in the past removes.
    let past = Some(trial.time.now() - Duration::from_secs(10));
    trial.commit(Batch::new().put("soon", "3", past)).await;
    assert_eq!(trial.text("soon").await, None);
}

pub(super) async fn logs_expire(trial: &Trial) {
    let soon = Some(trial.time.now() + SOON);
    trial.commit(Batch::new().append("log", "1", soon).append("log", "2", soon)).await;
    trial.commit(Batch::new().append("kept", "1", soon).append("kept", "2", None)).await;
    assert_eq!(trial.log("log").await.len(), 2);
    trial.time.pass(SOON).await;
    assert_eq!(trial.log("log").await, []);
    assert_eq!(trial.log("kept").await.len(), 2);
    trial.commit(Batch::new().append("log", "3", None)).await;
    assert_eq!(trial.log("log").await, [(1, "3".to_owned())]);
}

pub(super) async fn an_expiry_can_be_moved(trial: &Trial) {
    let soon = Some(trial.time.now() + SOON);
    let late = Some(trial.time.now() + Duration::from_secs(3600));
    trial.commit(Batch::new().put("longer", "1", soon).put("shorter", "1", late)).await;
    trial.commit(Batch::new().put("forever", "1", soon).append("log", "1", soon)).await;
    trial.commit(Batch::new().put("longer", "2", late).put("shorter", "2", soon)).await;
    trial.commit(Batch::new().put("forever", "2", None).append("log", "2", late)).await;
    trial.time.pass(SOON).await;
    trial.commit(Batch::new()).await;
    assert_eq!(trial.text("longer").await.as_deref(), Some("2"));
    assert_eq!(trial.text("shorter").await, None);
    assert_eq!(trial.text("forever").await.as_deref(), Some("2"));
    assert_eq!(trial.log("log").await.len(), 2);
}

pub(super) async fn messages_reach_the_listeners_of_a_topic(trial: &Trial) {
    trial.commit(Batch::new().publish("topic", "lost")).await;
    let mut first = trial.backend.subscribe("topic").await.unwrap();
    let mut second = trial.backend.subscribe("topic").await.unwrap();
    let mut other = trial.backend.subscribe("other").await.unwrap();
    trial.commit(Batch::new().publish("topic", "1").put("key", "1", None)).await;
    trial.commit(Batch::new().publish("topic", "2").publish("other", vec![0, 255])).await;
    for listener in [&mut first, &mut second] {
        assert_eq!(listener.next().await.unwrap(), "1");
        assert_eq!(listener.next().await.unwrap(), "2");
    }
    assert_eq!(other.next().await.unwrap(), &[0, 255][..]);
    drop(first);
    trial.commit(Batch::new().publish("topic", "3")).await;
    assert_eq!(second.next().await.unwrap(), "3");
    // The last listener goes, and another one comes.
    drop(second);
    let mut third = trial.backend.subscribe("topic").await.unwrap();
    trial.commit(Batch::new().publish("topic", "4")).await;
    assert_eq!(third.next().await.unwrap(), "4");
}

pub(super) async fn a_slow_listener_reads_again(trial: &Trial) {
    let mut slow = trial.backend.subscribe("topic").await.unwrap();
    let mut last = trial.backend.subscribe("last").await.unwrap();
    for index in 0..100 {
        trial.commit(Batch::new().publish("topic", format!("{index}"))).await;
    }
    trial.commit(Batch::new().publish("last", "1")).await;
    assert_eq!(last.next().await.unwrap(), "1");
    let mut received = Vec::new();
    while received.last().is_none_or(|last| last != "99") {
        received.push(slow.next().await.unwrap());
    }
    assert!(received.len() < 100, "nothing was left out");
    assert!(received.contains(&Bytes::new()), "{received:?}");
}

pub(super) async fn a_conflict_publishes_nothing(trial: &Trial) {
    let mut listener = trial.backend.subscribe("topic").await.unwrap();
    assert!(trial.conflicts(Batch::new().expect("none", 1).publish("topic", "conflict")).await);
    trial.commit(Batch::new().publish("topic", "success")).await;
    assert_eq!(listener.next().await.unwrap(), "success");
}

pub(super) async fn values_may_be_large(trial: &Trial) {
    let large = |byte| Bytes::from(vec![byte; 4 << 20]);
    trial.commit(Batch::new().put("key", large(1), None).append("log", large(2), None)).await;
    trial.commit(Batch::new().append("log", large(3), None)).await;
    assert!(trial.backend.get("key").await.unwrap().unwrap().value == large(1));
    let entries = trial.backend.entries("log", 0, 2).await.unwrap();
    assert!(entries == [(1, large(2)), (2, large(3))]);
}

pub(super) async fn names_may_be_any_text(trial: &Trial) {
    let long = "long ".repeat(1000);
    let names = ["", " ", "{a}b", "a:b", "a\0b", "\r\n", "*", "ä€𝄞", "'\"\\", "r", "%s", &long];
    for name in names {
        let batch = Batch::new().put(name, name.to_owned(), None).add(name, name);
        trial.commit(batch.append(name, name.to_owned(), None)).await;
    }
    for name in names {
        assert_eq!(trial.text(name).await.as_deref(), Some(name));
        assert_eq!(trial.log(name).await, [(1, name.to_owned())]);
        assert_eq!(trial.set(name).await, [name]);
        let mut listener = trial.backend.subscribe(name).await.unwrap();
        trial.commit(Batch::new().publish(name, name.to_owned())).await;
        assert_eq!(listener.next().await.unwrap(), name);
    }
}

pub(super) async fn kinds_have_names_of_their_own(trial: &Trial) {
    trial.commit(Batch::new().put("x", "record", None).append("x", "log", None)).await;
    trial.commit(Batch::new().add("x", "set").publish("x", "topic")).await;
    trial.commit(Batch::new().remove("x")).await;
    assert_eq!(trial.log("x").await, [(1, "log".to_owned())]);
    trial.commit(Batch::new().remove_log("x")).await;
    assert_eq!(trial.set("x").await, ["set"]);
}

pub(super) async fn a_large_batch_is_whole(trial: &Trial) {
    let batch = (0..3000).fold(Batch::new(), |batch, index| {
        batch.put(format!("key {index:04}"), "1", None).add("keys", format!("key {index:04}"))
    });
    let version = trial.commit(batch).await;
    assert_eq!(trial.version("key 0000").await, Some(version));
    assert_eq!(trial.version("key 2999").await, Some(version));
    assert_eq!(trial.set("keys").await.len(), 3000);
}
