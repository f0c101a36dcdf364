/// A table in a restaurant.
#[derive(Elicit)]
#[elicit(crate = mcp, rename_all = "camelCase")]
pub struct Table {
    /// Who is coming
    #[elicit(title = "Name", min_len = 1, max_len = MOST)]
    name: String,
    #[elicit(format = "email")]
    email: Option<String>,
    #[elicit(default = 2, min = LEAST, max = 12, description = HINT)]
    guests: u8,
    #[elicit(rename = "where")]
    place: Place,
    #[elicit(default, max_items = 2)]
    some_extras: Vec<Extra>,
    r#type: bool,
}

#[derive(Elicit)]
#[elicit(crate = mcp, rename_all = "snake_case", enum_names)]
enum Place {
    Inside,
    #[elicit(title = "In the garden", rename = "out")]
    Garden,
}

#[derive(Elicit)]
#[elicit(crate = mcp)]
struct Confirm;
