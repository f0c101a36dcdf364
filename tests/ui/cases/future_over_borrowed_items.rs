//! The compiler cannot prove that this future is `Send`. `docs/troubleshooting.md` explains it.

use std::pin::Pin;
use std::task::{Context, Poll};

use mcp_runtime::tool;

/// Awaits a future of each item, as `stream::iter(…).map(…).buffer_unordered(…)` does.
struct Each<I, F>(I, F);

impl<I, F, T> Future for Each<I, F>
where
    I: Iterator + Unpin,
    F: FnMut(I::Item) -> T + Unpin,
    T: Future<Output = usize>,
{
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let Self(items, each) = &mut *self;
        let mut sum = 0;
        for item in items {
            if let Poll::Ready(length) = Box::pin(each(item)).as_mut().poll(cx) {
                sum += length;
            }
        }
        Poll::Ready(sum)
    }
}

/// Measure texts.
#[tool]
async fn measure(texts: Vec<String>) -> usize {
    Each(texts.iter(), |text| async move { text.len() }).await
}

fn main() {}
