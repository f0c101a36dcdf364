//! The data of server-sent events, from the chunks of a body.

/// A reader of events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    unread: Vec<u8>,
}

impl Events {
    /// Reads a chunk, and returns the data of the events that it completes. Events without data are left out.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        self.unread.extend_from_slice(chunk);
        let mut complete = Vec::new();
        while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
            let rest = self.unread.split_off(end + 2);
            let event =
                String::from_utf8_lossy(&std::mem::replace(&mut self.unread, rest)).into_owned();
            let data = event.lines().filter_map(|line| line.strip_prefix("data:"));
            let data: String = data.map(str::trim_start).collect::<Vec<_>>().join("\n");
            complete.extend((!data.is_empty()).then_some(data));
        }
        complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_from_any_chunks() {
        let text = ": hi\n\nid: 1\ndata:\n\nevent: message\ndata: {\"a\":1}\n\ndata: {}\n\ndata: {";
        for size in 1..text.len() {
            let mut events = Events::default();
            let read: Vec<_> =
                text.as_bytes().chunks(size).flat_map(|it| events.push(it)).collect();
            assert_eq!(read, ["{\"a\":1}", "{}"], "{size}");
        }
    }
}
