//! Server-sent events from bytes as they arrive.

/// Most bytes of one event: far more than a piece of an answer needs.
const EVENT: usize = 1 << 20;

/// Puts events together from bytes that are cut anywhere, in the middle of a letter or between CR and
/// LF. Follows the WHATWG rules for lines and fields, with two exceptions: a last event without its
/// empty line counts, since some servers close right after `[DONE]`, and a field named `error` is read
/// as data, since older llama.cpp servers report that way.
#[derive(Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Vec<u8>,
    any: bool,
    after_return: bool,
    begun: bool,
}

/// An event is larger than any server has reason to send.
#[derive(Debug, PartialEq)]
pub(super) struct TooLong;

impl Events {
    /// Adds bytes; gives the data of the events that are now whole.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut whole = Vec::new();
        for &byte in bytes {
            let line_feed_of_pair = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            match byte {
                _ if line_feed_of_pair => {}
                b'\r' | b'\n' => whole.extend(self.end_line()),
                _ if self.line.len() + self.data.len() >= EVENT => return Err(TooLong),
                _ => self.line.push(byte),
            }
        }
        Ok(whole)
    }

    /// What was left when the stream ended.
    pub(super) fn finish(&mut self) -> Option<Vec<u8>> {
        // An unfinished line becomes a finished one; if it held a field, the event still needs its end.
        self.end_line().or_else(|| self.end_line())
    }

    fn end_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return std::mem::take(&mut self.any).then_some(data);
        }
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        // A comment is a field without a name.
        if matches!(name, b"data" | b"error") {
            let value = value.strip_prefix(b":").unwrap_or(value);
            if std::mem::replace(&mut self.any, true) {
                self.data.push(b'\n');
            }
            self.data.extend(value.strip_prefix(b" ").unwrap_or(value));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
        let mut events = Events::default();
        let mut all: Vec<Vec<u8>> = pieces.flat_map(|piece| events.push(piece).unwrap()).collect();
        all.extend(events.finish());
        all.into_iter().map(|data| String::from_utf8(data).unwrap()).collect()
    }

    #[test]
    fn events_hold_however_the_bytes_are_cut() {
        for (stream, expect) in [
            ("data: a\n\ndata: b\n\n", vec!["a", "b"]),
            ("data:a\n\ndata:  b\n\n", vec!["a", " b"]),
            ("data: a\r\n\r\ndata: b\r\n\r\n", vec!["a", "b"]),
            ("data: a\r\ndata: b\r\n\r\n", vec!["a\nb"]),
            ("data: a\r\rdata: b\r\r", vec!["a", "b"]),
            ("data: a\ndata: b\ndata\n\n", vec!["a\nb\n"]),
            (": ping\n\n:\ndata: a\n: ping\ndata: b\n\n", vec!["a\nb"]),
            ("event: x\nid: 1\nretry: 5\n\ndatabase: a\n\n", vec![]),
            ("event: x\ndata: {\"a\": \":\"}\n\n", vec!["{\"a\": \":\"}"]),
            ("\u{feff}data: a\n\n\n\n", vec!["a"]),
            ("data:\n\n", vec![""]),
            ("data: được, Điều 5 – 🏛\n\n", vec!["được, Điều 5 – 🏛"]),
            ("error: {\"code\":500}\n\n", vec!["{\"code\":500}"]),
            // Ends of streams that lack their empty line.
            ("data: a\n\ndata: [DONE]", vec!["a", "[DONE]"]),
            ("data: a\n\ndata: [DONE]\n", vec!["a", "[DONE]"]),
            ("", vec![]),
        ] {
            let bytes = stream.as_bytes();
            for size in [1, 2, 3, 5, 7, bytes.len().max(1)] {
                assert_eq!(read(bytes.chunks(size)), expect, "{stream:?} by {size}");
            }
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let line = [b"data: ", [b'x'; 4000].as_slice(), b"\n"].concat();
        let mut events = Events::default();
        let refused = (0..1000).find_map(|_| events.push(&line).err());
        assert_eq!(refused, Some(TooLong));
        let mut events = Events::default();
        let refused = (0..1000).find_map(|_| events.push(&[b'x'; 4000]).err());
        assert_eq!(refused, Some(TooLong));
    }
}
