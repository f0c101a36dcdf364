//! Servers that are child processes.

use std::time::Duration;

use mcp_runtime::client::{Client, Error};

use crate::failure::{drive, era, has_words, result, with_short_timeouts};
use crate::rounds::{leave_nothing, with_time};

/// A server that is killed after a number of bytes, within a response or after it.
const KILLED: &str = r#"
left=$1
while IFS= read -r line; do
  case $line in
    *'"server/discover"'*) result=$2 ;;
    *'"initialize"'*) result=$3 ;;
    *'"tools/list"'*) result=$4 ;;
    *'"tools/call"'*) result=$5 ;;
    *) continue ;;
  esac
  id=${line#*\"id\":}
  text="{\"jsonrpc\":\"2.0\",\"id\":${id%%,*},\"result\":$result}"
  length=$((${#text} + 1))
  if [ "$left" -lt "$length" ]; then
    printf "%.${left}s" "$text"
    kill -KILL $$
  fi
  printf '%s\n' "$text"
  left=$((left - length))
  if [ "$left" -eq 0 ]; then
    kill -KILL $$
  fi
done
"#;

/// Minimum number of bytes that a server sends to a client that connects, lists and calls.
fn whole(opening: &str) -> usize {
    let methods = [opening, "tools/list", "tools/call"];
    let around = r#"{"jsonrpc":"2.0","id":1,"result":}"#.len() + 1;
    methods.iter().map(|method| result(method).to_string().len() + around).sum()
}

async fn killed(number: usize) {
    let is_modern = number.is_multiple_of(2);
    let whole = whole(if is_modern { "server/discover" } else { "initialize" });
    let methods = ["server/discover", "initialize", "tools/list", "tools/call"];
    let builder = Client::stdio("/bin/sh")
        .args(["-c", KILLED, "sh", &(number / 2 % whole).to_string()])
        .args(methods.map(|method| result(method).to_string()))
        .era(era(number));
    let outcome = drive(builder.connect(), number.is_multiple_of(3)).await;
    let is_right = match &outcome {
        Err(error @ Error::Closed(_)) => has_words(error, "signal: 9"),
        _ => false,
    };
    assert!(is_right, "round {number}: {outcome:?}");
}

#[test]
fn a_child_that_is_killed_at_any_byte() {
    leave_nothing(with_time, killed);
}

/// Programs that are not servers: one is silent, one echoes its input, and two print something
/// else.
async fn useless(number: usize) {
    let script = ["cat >/dev/null", "cat", "echo a; echo b; cat >&2", "exec >&-; cat >&2"];
    let script = script[number / 2 % script.len()];
    let builder = Client::stdio("/bin/sh").args(["-c", script]).era(era(number));
    let builder = with_short_timeouts(builder, Duration::from_millis(20));
    let outcome = drive(builder.connect(), false).await;
    let is_right = match &outcome {
        Err(error @ Error::Timeout { .. }) => has_words(error, "no answer to `"),
        Err(error @ Error::Closed(_)) => error.to_string().contains("ended its output"),
        // The client receives its own messages.
        Err(error @ Error::Remote(_)) => script == "cat" && has_words(error, "method not found"),
        _ => false,
    };
    assert!(is_right, "round {number}, {script}: {outcome:?}");
}

#[test]
fn a_child_that_is_of_no_use() {
    leave_nothing(with_time, useless);
}
