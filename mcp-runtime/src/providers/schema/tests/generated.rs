//! Generated schemas, in the shapes of `schemars` and of any shape.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use super::entropy::Entropy;
use super::grammar;
use super::oracle::{Checked, check};

/// Number of cases: as many as in `MCP_PROVIDER_CASES`, or few.
fn cases(default: u32) -> u32 {
    std::env::var("MCP_PROVIDER_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn run(default: u32, generate: fn(&mut Entropy<'_>) -> serde_json::Value) -> Checked {
    // The same cases in every run.
    let config = ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::with_cases(cases(default))
    };
    let mut checked = std::cell::RefCell::new(Checked::default());
    let bytes = (vec(any::<u8>(), 0..400), vec(any::<u8>(), 0..600));
    let result = TestRunner::new(config).run(&bytes, |(shape, samples)| {
        let schema = generate(&mut Entropy::new(&shape));
        check(&schema, &samples, &mut checked.borrow_mut());
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    std::mem::take(checked.get_mut())
}

#[test]
fn schemas_in_the_shapes_of_schemars_keep_their_meaning() {
    let checked = run(60, grammar::derived);
    assert!(checked.strict > 5 && checked.accepted > 400 && checked.returned > 400, "{checked:?}");
}

#[test]
fn schemas_of_any_shape_keep_their_meaning() {
    let checked = run(60, grammar::any);
    assert!(checked.accepted > 200 && checked.returned > 200, "{checked:?}");
}
