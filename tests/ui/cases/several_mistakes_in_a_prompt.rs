use mcp_runtime::prompt;

#[prompt(name = "code review", read_only)]
async fn review<T>(#[arg(min = 1)] code: T, (a, b): (u8, u8)) -> impl std::fmt::Display {
    drop(code);
    format!("{a}{b}")
}

fn main() {}
