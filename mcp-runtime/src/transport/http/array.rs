//! The response to an array of messages.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use tokio::sync::oneshot;

use super::answer::{self, Answer, ArrayClient, Source};
use super::delivery::PostDelivery;
use super::post;
use super::response::{self, HttpBody};
use super::session::Attended;
use crate::server::connection::{self, Gathering, Step};
use crate::server::running::Completed;

/// Serves the messages of an array, and responds with the array of their answers.
pub(super) async fn respond(
    mut delivery: PostDelivery<'_>,
    entries: Vec<Bytes>,
) -> Response<HttpBody> {
    let accepted = response::empty(StatusCode::ACCEPTED);
    // Arrays are accepted within sessions only.
    let Some(session) = delivery.session.clone() else { return accepted };
    let budget = Arc::clone(&session.connection.budget);
    let (queue, peer) = (delivery.post.queue(&budget), delivery.post.peer.clone());
    peer.outlive();
    delivery.array_sink = Some(match delivery.post.accepts.events {
        true => queue.clone(),
        false => session.own_stream_sink(),
    });
    let (send, answers) = oneshot::channel();
    let gathering = Gathering::new(Arc::clone(&budget), move |json| {
        // The client may have disconnected; its handlers run to their end all the same.
        drop(send.send(Answer { status: StatusCode::OK, json: budget.held(json) }));
    });
    let mut is_answered = false;
    for entry in entries {
        match connection::receive_entry(&mut delivery, entry) {
            Step::Answer(completed) => gathering.add(|out| completed.write(out)),
            Step::Run(running) => {
                let gathered = Arc::clone(&gathering);
                let add =
                    move |_: &_, completed: Completed| gathered.add(|out| completed.write(out));
                match session.run(running, &delivery.post.headers, add).await {
                    Ok(Some(completed)) => gathering.add(|out| completed.write(out)),
                    Ok(None) => {}
                    Err(refused) => gathering.add(|out| refused.write(out)),
                }
            }
            Step::Refuse(refused) if refused.expects_answer => {
                gathering.add(|out| refused.write(out));
            }
            Step::Refuse(_) | Step::Done => continue,
        }
        is_answered = true;
    }
    drop(gathering);
    if let Err(refused) = post::pass_on(&mut delivery).await {
        return response::refused(&refused);
    }
    if !is_answered {
        return accepted;
    }
    let keep_alive = delivery.shared.config.keep_alive_interval;
    let client = ArrayClient::new(Attended::new(&session, &peer), Arc::clone(&queue));
    let source = Source::Array(answers, Some(client));
    answer::respond(source, queue, delivery.post.accepts, keep_alive).await
}
