//! What a client declares of itself in a handshake, in bounded memory.

use std::collections::BTreeMap;

use mcp_core::protocol::{ClientCapabilities, Icon, Implementation, Settings};
use serde_json::Value;

/// Memory limit of the icons of a client, in bytes. Further ones are dropped.
const MAX_ICONS: usize = 16 << 10;

/// Memory of a value beside its text.
const VALUE: usize = 64;

/// Drops the icons over the limit.
pub(super) fn bounded(mut client: Implementation) -> Implementation {
    let mut left = MAX_ICONS;
    let mut fits = |icon: &Icon| {
        let size = icon_size(icon);
        let fits = size <= left;
        left -= if fits { size } else { 0 };
        fits
    };
    client.icons.retain(&mut fits);
    client.icons.shrink_to_fit();
    client
}

/// Memory that the name and the capabilities of a client take, about.
pub(super) fn size(client: &Implementation, capabilities: &ClientCapabilities) -> usize {
    let texts = [&client.title, &client.description, &client.website_url];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    let icons: usize = client.icons.iter().map(icon_size).sum();
    let settings = [&capabilities.experimental, &capabilities.extensions];
    let settings: usize = settings.into_iter().flatten().map(settings_size).sum();
    client.name.len() + client.version.len() + texts + icons + settings
}

fn icon_size(icon: &Icon) -> usize {
    let sizes: usize = icon.sizes.iter().map(|size| size.len() + VALUE).sum();
    2 * VALUE + icon.src.len() + icon.mime_type.as_ref().map_or(0, String::len) + sizes
}

fn settings_size(all: &BTreeMap<String, Settings>) -> usize {
    all.iter().map(|(name, settings)| name.len() + 2 * VALUE + members_size(settings)).sum()
}

/// Memory that the members of an object take, about.
pub(super) fn members_size<'a>(
    members: impl IntoIterator<Item = (&'a String, &'a Value)>,
) -> usize {
    members.into_iter().map(|(key, value)| key.len() + VALUE + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::Array(elements) => elements.iter().map(value_size).sum(),
            Value::Object(members) => members_size(members),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn icons_are_bounded() {
        let icon = |length| Icon::new("x".repeat(length));
        let mut client = Implementation::new("c", "1");
        client.icons = vec![icon(100), icon(MAX_ICONS), icon(200)];
        client.icons.extend((0..1000).map(|_| icon(1)));
        let client = bounded(client);
        assert_eq!([client.icons[0].src.len(), client.icons[1].src.len()], [100, 200]);
        assert!(client.icons.len() < 200, "{}", client.icons.len());
        assert!(size(&client, &ClientCapabilities::default()) <= MAX_ICONS + 100);
    }

    #[test]
    fn values_count_beside_their_text() {
        let experimental = json!({ "experimental": { "x": { "many": vec![json!([]); 1000] } } });
        let capabilities = serde_json::from_value(experimental).unwrap();
        assert!(size(&Implementation::new("c", "1"), &capabilities) > 32 * 1000);
    }
}
