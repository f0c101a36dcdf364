//! `add` and `echo` with neva.

use neva::prelude::*;

#[tool(descr = "Add two integers")]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tool(descr = "Return a text")]
async fn echo(text: String) -> String {
    text
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--http"), address) => address,
        _ => None,
    };
    App::new()
        .with_options(|options| {
            let options = options.with_name("bench").with_version("1.0.0");
            match address {
                Some(address) => options.with_http(|http| http.bind(address)),
                None => options.with_stdio(),
            }
        })
        .run()
        .await;
}
