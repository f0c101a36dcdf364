//! A server, and what it does with other arguments: `--exit` fails, `--stay` outlives its input together with a
//! child process, `--listen` is that child.

use std::io::{Error, Write as _};
use std::net::TcpListener;
use std::process::{Command, exit};

use mcp_runtime::prelude::*;

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// List the arguments of the process.
#[tool]
async fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

/// Read a variable of the environment.
#[tool]
async fn variable(name: String) -> Option<String> {
    std::env::var(name).ok()
}

/// Name the working directory.
#[tool]
async fn directory() -> Result<String, Error> {
    Ok(std::env::current_dir()?.display().to_string())
}

/// Print to standard output, which belongs to the protocol.
#[tool]
async fn prints() -> &'static str {
    println!("printed by a handler");
    "done"
}

fn server() -> Server {
    Server::new("hello", "1.0.0").with::<(add, arguments, variable, directory, prints)>()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--exit") => {
            eprintln!("no such table: users");
            exit(3)
        }
        Some("--listen") => {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            eprintln!("the child listens on {}", listener.local_addr()?);
            std::io::stderr().flush()?;
            for stream in listener.incoming() {
                drop(stream?);
            }
        }
        Some("--stay") => {
            let _child = Command::new(std::env::current_exe()?).arg("--listen").spawn()?;
            server().serve_stdio().await?;
            std::future::pending::<()>().await;
        }
        _ => server().run().await?,
    }
    Ok(())
}
