//! Values with one wrong value inside, for tests.

use serde_json::Value;

/// Replaces one value inside, by its number; `None` when there are no more.
pub(super) fn broken(value: &Value, number: &mut usize, with: &Value) -> Option<Value> {
    if *number == 0 {
        return Some(with.clone());
    }
    *number -= 1;
    match value {
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let mut members = members.clone();
            members[name] = broken(member, number, with)?;
            Some(Value::Object(members))
        }),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            let mut items = items.clone();
            items[index] = broken(item, number, with)?;
            Some(Value::Array(items))
        }),
        _ => None,
    }
}
