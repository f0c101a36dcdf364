use mcp_runtime::Elicit;

#[derive(Elicit)]
enum Pet {
    #[elicit(titel = "Cat")]
    Cat,
}

fn main() {}
