use mcp_runtime::Elicit;

#[derive(Elicit)]
#[elicit(rename_al = "camelCase")]
struct Person {
    #[elicit(min = 5, max = 4, titel = "Age")]
    age: u8,
    #[elicit(format = "mail")]
    email: String,
    #[elicit(rename = "age")]
    years: u8,
}

fn ask<T: Elicit>() {}

fn main() {
    ask::<Person>();
}
