//! The size of results for the model.

use mcp_core::protocol::{CallToolResult, Content, ResourceBody};

/// Cuts the texts of a result so that they have a maximum size together, in bytes.
pub(super) fn bounded(mut result: CallToolResult, max: usize) -> CallToolResult {
    let mut left = max;
    for content in &mut result.content {
        match content {
            Content::Text(text) => cut(&mut text.text, &mut left),
            Content::Resource(embedded) => {
                if let ResourceBody::Text(text) = &mut embedded.resource.body {
                    cut(text, &mut left);
                }
            }
            Content::Unknown(value) => {
                let mut text = value.to_string();
                let size = text.len();
                cut(&mut text, &mut left);
                if text.len() != size {
                    *content = Content::text(text);
                }
            }
            _ => {}
        }
    }
    let is_long = |structured: &str| structured.len() > max;
    if let Some(structured) = result.structured_content.take_if(|raw| is_long(raw.get())) {
        // Where there is content, it is the same in another form.
        if result.content.is_empty() {
            let mut text = structured.get().to_owned();
            cut(&mut text, &mut left);
            result.content.push(Content::text(text));
        }
    }
    result
}

/// Cuts a text to what is left.
fn cut(text: &mut String, left: &mut usize) {
    let size = text.len();
    if size <= *left {
        *left -= size;
        return;
    }
    let end = text.floor_char_boundary(*left);
    text.truncate(end);
    text.push_str(&format!("\n[cut: {end} of {size} bytes are shown]"));
    *left = 0;
}

#[cfg(test)]
mod tests {
    use mcp_core::protocol::{CallToolResult, Content};
    use serde_json::{json, value::to_raw_value};

    use super::bounded;

    fn texts(result: &CallToolResult) -> Vec<&str> {
        let texts = result.content.iter().map(|content| match content {
            Content::Text(text) => &*text.text,
            _ => "?",
        });
        texts.collect()
    }

    #[test]
    fn texts_are_cut_together_at_a_character() {
        let result =
            CallToolResult::new([Content::text("abc"), Content::text("dé"), Content::text("f")]);
        assert_eq!(json!(bounded(result.clone(), 7)), json!(result));
        assert_eq!(
            texts(&bounded(result, 5)),
            ["abc", "d\n[cut: 1 of 3 bytes are shown]", "\n[cut: 0 of 1 bytes are shown]"]
        );
    }

    #[test]
    fn structured_content_is_never_longer() {
        let mut result = CallToolResult::text("[1,2,3]");
        result.structured_content = to_raw_value(&json!([1, 2, 3])).ok();
        assert!(bounded(result.clone(), 7).structured_content.is_some());
        let cut = bounded(result.clone(), 4);
        assert!(cut.structured_content.is_none());
        assert_eq!(texts(&cut), ["[1,2\n[cut: 4 of 7 bytes are shown]"]);
        result.content.clear();
        assert_eq!(texts(&bounded(result, 4)), ["[1,2\n[cut: 4 of 7 bytes are shown]"]);
    }

    #[test]
    fn unknown_content_is_cut_as_json() {
        let unknown: Content =
            serde_json::from_value(json!({ "type": "new", "a": "long" })).unwrap();
        let result = CallToolResult::new([unknown]);
        assert_eq!(json!(bounded(result.clone(), 100)), json!(result));
        assert!(texts(&bounded(result, 5))[0].contains("[cut: 5 of "));
    }
}
