//! Types of other crates as arguments and results.

#![cfg(all(feature = "chrono", feature = "uuid", feature = "url"))]

use chrono::{DateTime, NaiveDate, Utc};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::assert_json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::kit::{Outcome, ask, clients};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Booking {
    id: Uuid,
    from: NaiveDate,
    page: Url,
}

/// Book a room.
#[tool]
fn book(id: Uuid, from: DateTime<Utc>, page: Url, other: Option<Uuid>) -> Booking {
    Booking { id: other.unwrap_or(id), from: from.date_naive(), page }
}

/// Cancel a booking.
#[tool]
fn cancel(
    #[arg(header = "Booking")] id: Uuid,
    #[arg(header = "At")] at: Option<DateTime<Utc>>,
    #[arg(header = "Page")] page: Option<Url>,
) -> Uuid {
    drop((at, page));
    id
}

/// A booking.
#[resource("bookings://{id}")]
fn booking(id: Uuid) -> String {
    id.simple().to_string()
}

/// Ask about a booking.
#[prompt]
fn about(id: Uuid, at: Option<DateTime<Utc>>, page: Option<Url>) -> String {
    format!("{} {:?} {:?}", id.simple(), at.map(|at| at.timestamp()), page.map(String::from))
}

const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

#[tokio::test]
async fn they_have_schemas_and_are_read() -> Outcome {
    let server = || Server::new("s", "1").with::<(book, cancel, booking, about)>();
    for client in clients(server).await? {
        let list = ask(&client, "tools/list", ()).await?;
        assert_json(
            &list["tools"][0]["inputSchema"]["properties"],
            &json!({
                "id": { "type": "string", "format": "uuid" },
                "from": { "type": "string", "format": "date-time" },
                "page": { "type": "string", "format": "uri" },
                "other": { "type": "string", "format": "uuid" },
            }),
        );
        assert_json(
            &list["tools"][1]["inputSchema"]["properties"],
            &json!({
                "id": { "type": "string", "format": "uuid", "x-mcp-header": "Booking" },
                "at": { "type": "string", "format": "date-time", "x-mcp-header": "At" },
                "page": { "type": "string", "format": "uri", "x-mcp-header": "Page" },
            }),
        );
        let cancelled = client.call("cancel", json!({ "id": ID })).await?;
        assert_eq!(cancelled.to_text(), json!(ID).to_string());
        let arguments =
            json!({ "id": ID, "from": "2026-01-12T15:00:58Z", "page": "https://example.com/a" });
        let params = json!({ "name": "book", "arguments": arguments });
        let result = ask(&client, "tools/call", params).await?;
        let text = result["content"][0]["text"].as_str().unwrap();
        let expected = json!({ "id": ID, "from": "2026-01-12", "page": "https://example.com/a" });
        assert_json(&serde_json::from_str::<Value>(text).unwrap(), &expected);
        for (name, value) in [("id", "7"), ("from", "today"), ("page", "no page")] {
            let mut arguments = arguments.clone();
            arguments[name] = value.into();
            let result = client.call("book", arguments).await?;
            assert!(result.is_error && result.to_text().contains(name), "{}", result.to_text());
        }
        let read = ask(&client, "resources/read", json!({ "uri": format!("bookings://{ID}") }));
        assert_json(&read.await?["contents"][0]["text"], &json!(ID.replace('-', "")));
        let arguments = json!({ "id": ID, "at": "1970-01-01T00:00:01Z", "page": "" });
        let got = ask(&client, "prompts/get", json!({ "name": "about", "arguments": arguments }));
        let expected = format!("{} Some(1) None", ID.replace('-', ""));
        assert_json(&got.await?["messages"][0]["content"]["text"], &json!(expected));
    }
    Ok(())
}
