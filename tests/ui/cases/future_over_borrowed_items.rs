//! The compiler cannot prove that this future is `Send`. `docs/troubleshooting.md` explains it.

use std::pin::Pin;
use std::task::{Context, Poll};

use mcp_runtime::tool;

/// Awaits one future after the other, as `buffer_unordered` does with several at once.
struct Each<I: Iterator> {
    futures: I,
    running: Option<Pin<Box<I::Item>>>,
    sum: usize,
}

impl<I: Iterator<Item: Future<Output = usize>> + Unpin> Future for Each<I> {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        loop {
            match self.running.take().or_else(|| self.futures.next().map(Box::pin)) {
                None => return Poll::Ready(self.sum),
                Some(mut running) => match running.as_mut().poll(cx) {
                    Poll::Ready(length) => self.sum += length,
                    Poll::Pending => {
                        self.running = Some(running);
                        return Poll::Pending;
                    }
                },
            }
        }
    }
}

/// Measure texts.
#[tool]
async fn measure(texts: Vec<String>) -> usize {
    let futures = texts.iter().map(|text| async move { text.len() });
    Each { futures, running: None, sum: 0 }.await
}

fn main() {}
