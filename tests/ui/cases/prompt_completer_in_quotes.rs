use mcp_runtime::prompt;

/// Plan a visit.
#[prompt]
async fn visit(#[arg(complete = "towns")] town: String) -> String {
    town
}

fn towns(_: &str) -> Vec<String> {
    Vec::new()
}

fn main() {
    drop(towns(""));
}
