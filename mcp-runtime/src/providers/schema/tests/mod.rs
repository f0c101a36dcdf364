//! Tests of schemas in the dialects of providers.

mod cases;
mod circular;
mod derived;
mod entropy;
mod generated;
mod grammar;
mod hostile;
mod oracle;
mod recorded;
mod values;

pub(crate) use self::recorded::{foreign_schemas, workspace_schemas};

/// Generates schemas, always the same: half in the shapes of `schemars`, half of any shape.
pub(crate) fn generated_schemas(count: u32) -> Vec<serde_json::Value> {
    let generate = |number: u32| {
        let mut state = number.wrapping_mul(2_654_435_761).wrapping_add(1);
        let bytes: Vec<u8> = (0..400)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_be_bytes()[0]
            })
            .collect();
        let mut entropy = entropy::Entropy::new(&bytes);
        match number % 2 {
            0 => grammar::derived(&mut entropy),
            _ => grammar::any(&mut entropy),
        }
    };
    (0..count).map(generate).collect()
}
