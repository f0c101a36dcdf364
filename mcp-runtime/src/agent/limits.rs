//! Limits of a run.

use std::time::Duration;

use crate::providers::Usage;

/// Limit that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Agent::max_rounds`](super::Agent::max_rounds).
    Rounds,
    /// [`Agent::max_tokens`](super::Agent::max_tokens).
    Tokens,
    /// [`Agent::max_time`](super::Agent::max_time).
    Time,
    /// [`Agent::max_cost`](super::Agent::max_cost).
    Cost,
}

/// Price of a model for a million tokens, in any currency.
///
/// ```
/// use mcp_runtime::agent::Price;
///
/// let price = Price::new(3.0, 15.0).cached(0.3);
/// # let _ = price;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    input: f64,
    cached: f64,
    output: f64,
}

/// Limits of a run.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) rounds: u32,
    pub(super) tokens: Option<u64>,
    pub(super) time: Option<Duration>,
    pub(super) cost: Option<(f64, Price)>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounds: 20, tokens: None, time: None, cost: None }
    }
}

impl Price {
    /// Creates a price from those of tokens of requests and of answers.
    pub fn new(input: f64, output: f64) -> Self {
        Self { input, cached: input, output }
    }

    /// Sets the price of tokens that the provider reads from its cache.
    #[must_use]
    pub fn cached(mut self, cached: f64) -> Self {
        self.cached = cached;
        self
    }

    /// Returns the cost of tokens.
    pub fn cost(&self, usage: &Usage) -> f64 {
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let input = usage.input_tokens - cached;
        let of = |tokens: u64, price: f64| tokens as f64 / 1e6 * price;
        of(input, self.input) + of(cached, self.cached) + of(usage.output_tokens, self.output)
    }
}

impl Limits {
    /// Returns the limit that is reached, apart from that of time.
    pub(super) fn reached(&self, rounds: u32, usage: &Usage) -> Option<Limit> {
        let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
        if rounds >= self.rounds {
            return Some(Limit::Rounds);
        }
        if self.tokens.is_some_and(|limit| tokens >= limit) {
            return Some(Limit::Tokens);
        }
        // A limit that is not a number allows nothing.
        let costs = |(limit, price): (f64, Price)| {
            let cost = price.cost(usage);
            cost.is_nan() || limit.is_nan() || cost >= limit
        };
        self.cost.is_some_and(costs).then_some(Limit::Cost)
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, Limits, Price};
    use crate::providers::Usage;

    fn usage(input_tokens: u64, cached_tokens: u64, output_tokens: u64) -> Usage {
        Usage { input_tokens, output_tokens, cached_tokens }
    }

    #[test]
    fn cached_tokens_have_their_own_price() {
        let price = Price::new(3.0, 15.0).cached(0.3);
        let cost = price.cost(&usage(2_000_000, 1_000_000, 100_000));
        assert!((cost - 4.8).abs() < 1e-9, "{cost}");
        // More cached tokens than tokens: a provider that counts differently.
        assert!(price.cost(&usage(1, 10, 0)) >= 0.0);
    }

    #[test]
    fn each_limit_is_reached_by_its_own_count() {
        let price = Price::new(1.0, 1.0);
        let limits = Limits { rounds: 2, tokens: Some(100), time: None, cost: Some((0.5, price)) };
        assert_eq!(limits.reached(1, &usage(10, 0, 10)), None);
        assert_eq!(limits.reached(2, &usage(0, 0, 0)), Some(Limit::Rounds));
        assert_eq!(limits.reached(1, &usage(u64::MAX, 0, u64::MAX)), Some(Limit::Tokens));
        let limits = Limits { tokens: None, ..limits };
        assert_eq!(limits.reached(1, &usage(500_000, 0, 0)), Some(Limit::Cost));
        let limits = Limits { cost: Some((f64::NAN, price)), ..limits };
        assert_eq!(limits.reached(0, &usage(0, 0, 0)), Some(Limit::Cost));
    }
}
