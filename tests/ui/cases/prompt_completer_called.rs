use mcp_runtime::prompt;

/// Plan a visit.
#[prompt]
async fn visit(#[arg(complete = towns())] town: String) -> String {
    town
}

fn main() {}
