//! Instances of a server that share a store: every one of them serves every session.

mod bounds;
#[cfg(feature = "store-redis")]
mod outages;
mod pair;
mod sessions;
mod streams;
mod tasks;

/// Runs tests with a store in a file, which two services of one process share, and with one in Redis.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod redb {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::instances::pair::Pair::redb()).await;
            })*
        }

        #[cfg(feature = "store-redis")]
        mod redis {
            $(#[tokio::test]
            async fn $test() {
                if let Some(pair) = $crate::instances::pair::Pair::redis() {
                    super::$test(pair).await;
                }
            })*
        }
    };
}
use on_both;
