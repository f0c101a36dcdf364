//! Books a table: the user fills in a form, and pays at a URL.
//!
//! The body of the tool is straight-line code. In the legacy era each question is a request from
//! the server. In the modern era the client repeats the call with each answer, and the body runs
//! again from the start. Side effects are wrapped in `once`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;

/// The form for a booking.
#[derive(Elicit)]
struct Table {
    /// Day of the visit
    #[elicit(format = "date")]
    day: String,
    /// How many people
    #[elicit(min = 1, max = 12, default = 2)]
    guests: u32,
    /// Where you would like to sit
    #[elicit(default = Place::Inside)]
    place: Place,
    /// Anything the kitchen should know
    #[elicit(max_len = 200)]
    wishes: Option<String>,
}

/// A part of the restaurant.
#[derive(Clone, Copy, Debug, Elicit)]
#[elicit(rename_all = "lowercase")]
enum Place {
    Inside,
    Terrace,
}

/// Final confirmation.
#[derive(Elicit)]
struct Confirm {
    /// Book it
    #[elicit(default = true)]
    book: bool,
}

/// Bookings by number.
#[derive(Default)]
struct Book(Mutex<BTreeMap<u32, String>>);

impl Book {
    fn reserve(&self, what: String) -> u32 {
        let mut bookings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = bookings.last_key_value().map_or(1, |(last, _)| last + 1);
        bookings.insert(number, what);
        number
    }

    fn cancel(&self, number: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Book a table.
#[tool]
async fn book_table(
    cx: &Context,
    book: State<Book>,
    /// Name of the restaurant
    restaurant: String,
) -> Result<String, AskError> {
    let form = cx.elicit::<Table>(format!("A table at {restaurant}: when, and for whom?"));
    let Elicited::Accepted(table) = form.await? else {
        return Ok("No table was booked.".to_owned());
    };
    let Table { day, guests, place, wishes } = table;
    let wishes = wishes.map(|wishes| format!(" ({wishes})")).unwrap_or_default();
    let summary = format!("{restaurant}, {day}, {guests} guests, {place:?}{wishes}");

    // The handler runs again after each answer, but reserves the table once.
    let number = cx.once("reserve", async || book.reserve(summary.clone())).await;

    let confirmed = cx.elicit::<Confirm>(format!("Booking {number}: {summary}. Book it?")).await?;
    if !matches!(confirmed, Elicited::Accepted(Confirm { book: true })) {
        book.cancel(number);
        return Ok("The reservation was given back.".to_owned());
    }
    if cx.can_elicit_url() {
        let url = format!("https://pay.example/bookings/{number}");
        let paying = cx.elicit_url(url, "Pay the deposit of your booking").await?;
        if !paying.is_accepted() {
            book.cancel(number);
            return Ok("The reservation was given back, because nobody pays.".to_owned());
        }
    }
    Ok(format!("Booking {number}: {summary}"))
}

/// The number of booked tables.
#[tool(read_only)]
async fn count_bookings(book: State<Book>) -> usize {
    book.count()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new("restaurants", env!("CARGO_PKG_VERSION"))
        .with::<(book_table, count_bookings)>()
        .state(Book::default());
    Ok(server.run().await?)
}
