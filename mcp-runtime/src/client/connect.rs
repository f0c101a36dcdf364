//! Finding out which era a server is of, and agreeing on a revision.
//!
//! Specification: [Versioning](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use mcp_core::method::Method;
use mcp_core::protocol::{
    ClientCapabilities, DiscoverResult, Implementation, InitializeParams, InitializeResult,
    ServerCapabilities, meta,
};
use mcp_core::revision::{Asks, Opens, Revision, append_json};
use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::error::Error;
use super::exchange::{self, Asked, Hearing, Patience};
use super::inbound::Inbound;
use super::transport::{Connector, Json, Mirrored, Replies, Reply, Transport};

/// Which era of the protocol to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Era {
    /// The one that the server is found to speak, the modern one where it speaks both.
    #[default]
    Auto,
    /// With a handshake: revisions up to 2025-11-25.
    Legacy,
    /// With metadata in every request: 2026-07-28.
    Modern,
}

/// What is known of the server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Peer {
    /// The revision that is spoken with it.
    pub revision: Revision,
    /// Its name and version, where it tells them.
    pub info: Option<Implementation>,
    /// What it is able to do.
    pub capabilities: ServerCapabilities,
    /// How a model should use it.
    pub instructions: Option<String>,
}

/// A connection that is ready for requests.
pub(crate) struct Link {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) peer: Arc<Peer>,
    /// Members of the `_meta` of every request, as JSON without the braces.
    pub(crate) meta: String,
}

impl Link {
    pub(crate) fn facts(&self) -> &'static mcp_core::revision::Facts {
        self.peer.revision.facts()
    }

    /// Whether the server keeps a session.
    pub(crate) fn has_session(&self) -> bool {
        self.facts().opens == Opens::Handshake
    }
}

/// What connecting needs to know.
pub(crate) struct Setup {
    pub(crate) info: Implementation,
    pub(crate) era: Era,
    /// The revision to offer, instead of the newest of its era.
    pub(crate) revision: Option<Revision>,
    /// How long a server may take to answer the probe before it is taken to be of the older era.
    pub(crate) probe: Duration,
    /// How long a handshake may take.
    pub(crate) handshake: Duration,
}

impl Setup {
    /// The revision that a server is asked for first.
    fn offers(&self, opens: Opens) -> Revision {
        let chosen = self.revision.filter(|revision| revision.facts().opens == opens);
        chosen.unwrap_or(Revision::newest_opening_by(opens))
    }
}

/// Connects to a server and agrees with it on a revision.
pub(crate) struct Opening<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) connector: &'a dyn Connector,
    pub(crate) inbound: &'a Arc<Inbound>,
    pub(crate) ids: &'a AtomicI64,
}

/// What the probe says about a server.
enum Judged {
    /// It is modern.
    Modern(Box<DiscoverResult>),
    /// It is modern, and speaks these revisions.
    Speaks(Vec<String>),
    /// It is of the older era, or at least does not say otherwise.
    Legacy(Error),
    /// It cannot be said, and must not be guessed.
    Failed(Error),
}

impl Opening<'_> {
    /// Connects; `known` is what an earlier connection to the same server found out.
    pub(crate) async fn open(&self, known: Option<&Peer>) -> Result<Link, Error> {
        let transport = self.connector.connect(self.inbound).await?;
        let opened = self.agree(&transport, known).await;
        if opened.is_err() {
            // What the attempt left behind ends in the background.
            let closing = Arc::clone(&transport);
            tokio::spawn(async move { closing.close().await });
        }
        opened
    }

    async fn agree(
        &self,
        transport: &Arc<dyn Transport>,
        known: Option<&Peer>,
    ) -> Result<Link, Error> {
        match (known.map(|peer| peer.revision.facts().opens), self.setup.era) {
            (Some(Opens::EveryRequest), _) => {
                Ok(self.link(transport, known.cloned().unwrap_or_else(unknown)))
            }
            (Some(Opens::Handshake), _) | (None, Era::Legacy) => {
                self.handshake(transport, None).await
            }
            (None, Era::Auto | Era::Modern) => {
                self.probe(transport, self.setup.offers(Opens::EveryRequest)).await
            }
        }
    }

    /// Asks a server what it speaks, and takes its word.
    async fn probe(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<Link, Error> {
        match self.judge(transport, revision).await? {
            Probed::Opened(link) => Ok(link),
            Probed::Judged(Judged::Modern(found)) => match best(&found.supported_versions) {
                Some(best) if best.facts().opens == Opens::EveryRequest => {
                    Ok(self.link(transport, peer(*found, best)))
                }
                best => self.fall_back(transport, best, found.supported_versions).await,
            },
            Probed::Judged(Judged::Speaks(offered)) => match best(&offered) {
                Some(best) if best.facts().opens == Opens::EveryRequest => {
                    self.probe_again(transport, best).await
                }
                best => self.fall_back(transport, best, offered).await,
            },
            Probed::Judged(Judged::Legacy(error)) => self.as_legacy(transport, error).await,
            Probed::Judged(Judged::Failed(error)) => Err(error),
        }
    }

    /// Asks once more, in a revision that the server named, even if it is the one just used: the
    /// server has said by now that it speaks it.
    async fn probe_again(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<Link, Error> {
        match judge(self.discover(transport, revision).await, false) {
            Judged::Modern(found) => Ok(self.link(transport, peer(*found, revision))),
            Judged::Speaks(offered) => Err(Error::Revision { offered }),
            Judged::Legacy(error) | Judged::Failed(error) => Err(error),
        }
    }

    async fn judge(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<Probed, Error> {
        if !self.connector.silence_is_legacy() {
            return Ok(Probed::Judged(judge(self.discover(transport, revision).await, false)));
        }
        let meta = self.meta(revision);
        let asked = discover(&meta, revision);
        let mut replies = exchange::send(&**transport, self.next_id(), &asked).await?;
        let answer = tokio::time::timeout(self.setup.probe, self.answer(&mut *replies)).await;
        match answer {
            Ok(outcome) => Ok(Probed::Judged(judge(outcome, true))),
            Err(_) if self.setup.era == Era::Modern => Err(Error::Timeout {
                method: Method::Discover.to_string(),
                after: self.setup.probe,
                seen: transport.seen(),
            }),
            Err(_) => self.handshake_or_late_answer(transport, &mut *replies).await,
        }
    }

    /// The server has not answered the probe: it may be of the older era, or slow to start. Both
    /// are waited for, and what comes first decides.
    async fn handshake_or_late_answer(
        &self,
        transport: &Arc<dyn Transport>,
        replies: &mut dyn Replies,
    ) -> Result<Probed, Error> {
        let mut handshake = std::pin::pin!(self.handshake(transport, None));
        tokio::select! {
            biased;
            late = self.answer(replies) => match judge(late, true) {
                modern @ (Judged::Modern(_) | Judged::Speaks(_)) => Ok(Probed::Judged(modern)),
                Judged::Legacy(_) | Judged::Failed(_) => handshake.await.map(Probed::Opened),
            },
            opened = &mut handshake => opened.map(Probed::Opened),
        }
    }

    /// A server of the older era may have ended upon a request that it does not know.
    async fn as_legacy(&self, transport: &Arc<dyn Transport>, why: Error) -> Result<Link, Error> {
        if self.setup.era == Era::Modern {
            return Err(why);
        }
        if transport.end().is_some() && self.connector.connects_again() {
            let fresh = self.connector.connect(self.inbound).await?;
            return self.handshake(&fresh, None).await;
        }
        match self.handshake(transport, None).await {
            // It knows neither way to open. A server that forgot to implement the probe is modern.
            Err(Error::Remote(error))
                if error.code == ErrorCode::METHOD_NOT_FOUND && is_unknown_method(&why) =>
            {
                Ok(self.link(transport, unknown()))
            }
            outcome => outcome,
        }
    }

    async fn fall_back(
        &self,
        transport: &Arc<dyn Transport>,
        best: Option<Revision>,
        offered: Vec<String>,
    ) -> Result<Link, Error> {
        match best {
            Some(best) if self.setup.era == Era::Auto => {
                self.handshake(transport, Some(best)).await
            }
            _ => Err(Error::Revision { offered }),
        }
    }

    async fn discover(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<Json, Error> {
        let meta = self.meta(revision);
        self.ask(transport, &discover(&meta, revision)).await
    }

    /// Opens a session, by the transport that came before where this one is not spoken.
    async fn handshake(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Option<Revision>,
    ) -> Result<Link, Error> {
        let refused = match self.initialize(transport, revision).await {
            Err(error) if transport.may_be_older() && !is_modern(&error) => error,
            outcome => return outcome,
        };
        let Some(older) = self.connector.connect_older(self.inbound) else { return Err(refused) };
        match tokio::time::timeout(self.setup.handshake, older).await {
            Ok(Ok(older)) => self.initialize(&older, revision).await,
            // That the usual way was refused says more than that there is no older one.
            Ok(Err(_)) | Err(_) => Err(refused),
        }
    }

    async fn initialize(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Option<Revision>,
    ) -> Result<Link, Error> {
        let revision = revision.unwrap_or_else(|| self.setup.offers(Opens::Handshake));
        let params = json(&InitializeParams::new(
            revision.as_str(),
            self.inbound.handlers.capabilities(revision),
            self.setup.info.clone(),
        ));
        let asked = Asked {
            method: Method::Initialize.as_str(),
            params: &params,
            meta: "",
            revision,
            mirrored: Mirrored::default(),
            wants_progress: false,
        };
        self.inbound.allow_questions(true);
        let result = self.ask(transport, &asked).await?;
        let result: InitializeResult = serde_json::from_str(result.as_str()).map_err(|error| {
            Error::protocol(format!(
                "expected the result of `initialize`, got something else: {error}"
            ))
        })?;
        let agreed = Revision::parse(&result.protocol_version)
            .filter(|revision| revision.facts().opens == Opens::Handshake)
            .ok_or_else(|| Error::Revision { offered: vec![result.protocol_version.clone()] })?;
        transport.opened(agreed);
        exchange::tell(&**transport, Method::Initialized, self.setup.handshake).await?;
        transport.listen().await;
        let peer = Peer {
            revision: agreed,
            info: Some(result.server_info),
            capabilities: result.capabilities,
            instructions: result.instructions,
        };
        Ok(self.link(transport, peer))
    }

    async fn ask(&self, transport: &Arc<dyn Transport>, asked: &Asked<'_>) -> Result<Json, Error> {
        let patience = Patience { quiet: self.setup.handshake, longest: self.setup.handshake };
        let clock = Clock::start(&self.inbound.pauses);
        let time = (patience, &clock);
        let hearing = Hearing::default();
        exchange::ask(&**transport, self.inbound, self.next_id(), asked, time, hearing).await
    }

    /// The result at the end of replies.
    async fn answer(&self, replies: &mut dyn Replies) -> Result<Json, Error> {
        loop {
            match replies.next().await? {
                Reply::Answer(answer) => return answer.map_err(Error::Remote),
                Reply::Note(note) => self.inbound.notification(&note),
                Reply::Missed => {}
            }
        }
    }

    fn next_id(&self) -> i64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    fn meta(&self, revision: Revision) -> String {
        meta_of(self.setup, &self.inbound.handlers.capabilities(revision), revision)
    }

    fn link(&self, transport: &Arc<dyn Transport>, peer: Peer) -> Link {
        link(self.setup, self.inbound, transport, peer)
    }
}

enum Probed {
    Judged(Judged),
    Opened(Link),
}

/// A connection in the revision of a peer.
pub(crate) fn link(
    setup: &Setup,
    inbound: &Arc<Inbound>,
    transport: &Arc<dyn Transport>,
    peer: Peer,
) -> Link {
    let facts = peer.revision.facts();
    inbound.allow_questions(facts.asks == Asks::ServerRequests);
    let meta = meta_of(setup, &inbound.handlers.capabilities(peer.revision), peer.revision);
    Link { transport: Arc::clone(transport), meta, peer: Arc::new(peer) }
}

/// What every request says about its client, where the revision wants that.
pub(crate) fn meta_of(
    setup: &Setup,
    capabilities: &ClientCapabilities,
    revision: Revision,
) -> String {
    if revision.facts().opens == Opens::Handshake {
        return String::new();
    }
    let mut text = Vec::new();
    for (key, value) in [
        (meta::PROTOCOL_VERSION, json(revision.as_str())),
        (meta::CLIENT_INFO, json(&setup.info)),
        (meta::CLIENT_CAPABILITIES, json(capabilities)),
    ] {
        if !text.is_empty() {
            text.push(b',');
        }
        append_json(&mut text, key);
        text.push(b':');
        text.extend_from_slice(value.as_bytes());
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Text of values whose writing cannot fail.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

fn discover<'a>(meta: &'a str, revision: Revision) -> Asked<'a> {
    Asked {
        method: Method::Discover.as_str(),
        params: "{}",
        meta,
        revision,
        mirrored: Mirrored::default(),
        wants_progress: false,
    }
}

fn judge(outcome: Result<Json, Error>, silence_is_legacy: bool) -> Judged {
    match outcome {
        Ok(result) => match serde_json::from_str::<DiscoverResult>(result.as_str()) {
            Ok(found) if !found.supported_versions.is_empty() => Judged::Modern(Box::new(found)),
            _ => {
                Judged::Legacy(Error::protocol("the answer to `server/discover` names no revision"))
            }
        },
        Err(Error::Remote(error)) => match error.code {
            ErrorCode::UNSUPPORTED_PROTOCOL_VERSION => Judged::Speaks(supported(&error)),
            ErrorCode::HEADER_MISMATCH | ErrorCode::MISSING_CLIENT_CAPABILITY => {
                Judged::Failed(Error::Remote(error))
            }
            _ => Judged::Legacy(Error::Remote(error)),
        },
        Err(Error::Http(failure)) => match failure.status {
            // The server wants something else first, or is not able to say.
            401 | 403 | 407 | 408 | 425 | 429 => Judged::Failed(Error::Http(failure)),
            400..500 => Judged::Legacy(Error::Http(failure)),
            _ => Judged::Failed(Error::Http(failure)),
        },
        // A server of the older era may end upon what it does not know.
        Err(Error::Closed(closed)) if silence_is_legacy => Judged::Legacy(Error::Closed(closed)),
        Err(error) => Judged::Failed(error),
    }
}

/// The revisions that an error says the server speaks.
pub(crate) fn supported(error: &ProtocolError) -> Vec<String> {
    #[derive(Deserialize)]
    struct Data {
        supported: Vec<String>,
    }
    let data = error.data.clone().and_then(|data| serde_json::from_value::<Data>(data).ok());
    data.map(|data| data.supported).unwrap_or_default()
}

/// The newest revision of a list that this client speaks.
pub(crate) fn best(offered: &[String]) -> Option<Revision> {
    Revision::ALL.into_iter().find(|known| offered.iter().any(|name| name == known.as_str()))
}

/// Whether an error is one with which modern servers refuse a handshake.
fn is_modern(error: &Error) -> bool {
    let codes = [
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
        ErrorCode::HEADER_MISMATCH,
        ErrorCode::MISSING_CLIENT_CAPABILITY,
        ErrorCode::METHOD_NOT_FOUND,
    ];
    error.remote().is_some_and(|error| codes.contains(&error.code))
}

fn is_unknown_method(error: &Error) -> bool {
    error.remote().is_some_and(|error| error.code == ErrorCode::METHOD_NOT_FOUND)
}

fn peer(found: DiscoverResult, revision: Revision) -> Peer {
    let info = found.meta.as_ref().and_then(|meta| meta.get(meta::SERVER_INFO)).cloned();
    Peer {
        revision,
        info: info.and_then(|info| serde_json::from_value(info).ok()),
        capabilities: found.capabilities,
        instructions: found.instructions,
    }
}

/// A modern server of which nothing is known.
fn unknown() -> Peer {
    Peer {
        revision: Revision::newest_opening_by(Opens::EveryRequest),
        info: None,
        capabilities: ServerCapabilities::default(),
        instructions: None,
    }
}
