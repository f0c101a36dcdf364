//! URLs that a server wants the user to open.

use mcp_runtime::client::reqwest::Url;
use mcp_runtime::protocol::{ElicitAction, ElicitResult, ElicitUrlParams};
use owo_colors::OwoColorize as _;

use super::input_required;
use super::terminal::{self, Stop};
use crate::exit::Failure;
use crate::output::{plain, screen};

/// The failure for a URL that is not opened.
pub(super) fn unanswered(params: &ElicitUrlParams) -> Failure {
    input_required("asks to open a URL", &plain(&params.message)).note(params.url.as_str())
}

/// Asks the user, and opens the URL with consent only.
pub(super) fn ask(params: &ElicitUrlParams) -> Result<ElicitResult, Stop> {
    let ElicitUrlParams { message, url, .. } = params;
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    screen::write(format!("{} {}", "The server asks to open a URL:".bold(), plain(message)));
    screen::write(format!("  {}", plain(url)));
    screen::write(format!("  host: {}", plain(host.as_deref().unwrap_or("none")).bold()));
    let options = ["Open it in the browser", "Open it by hand", "Decline", "Cancel"];
    let decline = 2;
    let options = options.map(str::to_owned).to_vec();
    let action = match terminal::select("Open it?", "escape cancels", options, decline) {
        Ok(0) => {
            if let Err(reason) = webbrowser::open(url) {
                screen::write(format!(
                    "  the browser does not start ({reason}); open the URL by hand"
                ));
            }
            ElicitAction::Accept
        }
        Ok(1) => ElicitAction::Accept,
        Ok(2) => ElicitAction::Decline,
        Ok(_) | Err(Stop::Escape) => ElicitAction::Cancel,
        Err(stop) => return Err(stop),
    };
    Ok(ElicitResult::new(action))
}
