//! Bytes of a file as UTF-8, whatever its encoding, with the line that has been reached. Owns the
//! encodings of feeds (french-ent.md §2.3) and the cap on a single piece of markup (XML-03). Never
//! replaces what it cannot decode: names of people must not arrive as question marks.

use std::io::{self, BufRead, Read};

use clau_domain::feed::Reason;
use encoding_rs::{Encoding, ISO_8859_15, WINDOWS_1252};

use super::{Position, io_reason};

/// Bytes read at a time.
const BLOCK: usize = 1 << 16;
/// Longest encoding declaration that is looked for.
const DECLARATION_LIMIT: usize = 512;

/// Decodes a file. Reading stops with an error at a fault; [`Decoder::take_fault`] says which.
pub(super) struct Decoder {
    inner: Box<dyn Read + Send>,
    charset: Charset,
    /// Bytes as read; those before `start` are decoded and gone.
    raw: Vec<u8>,
    /// Decoded text, where it is not `raw` itself.
    text: Vec<u8>,
    /// What of `raw` (UTF-8) or `text` (others) is left to hand over.
    ready: std::ops::Range<usize>,
    ended: bool,
    /// Shown once everything before it was consumed, so that the line is right.
    pending: Option<Reason>,
    fault: Option<Reason>,
    line: u64,
    column: u64,
    since_mark: u64,
    limit: u64,
    last_byte: u8,
    position: Position,
}

#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    /// A table of single bytes, and what the file calls it.
    Single(&'static Encoding, &'static str),
}

impl Decoder {
    /// Looks at the beginning of a file for a byte order mark and the declaration.
    pub(super) fn open(
        inner: Box<dyn Read + Send>,
        limit: u64,
        position: Position,
    ) -> Result<Self, Reason> {
        let mut decoder = Self {
            inner,
            charset: Charset::Utf8,
            raw: Vec::with_capacity(BLOCK),
            text: Vec::new(),
            ready: 0..0,
            ended: false,
            pending: None,
            fault: None,
            line: 1,
            column: 1,
            since_mark: 0,
            limit,
            last_byte: 0,
            position,
        };
        while decoder.raw.len() < DECLARATION_LIMIT && !decoder.ended {
            decoder.read_block().map_err(|error| io_reason(&error))?;
        }
        let mark = decoder.raw.starts_with(b"\xEF\xBB\xBF");
        if mark {
            decoder.raw.drain(..3);
        }
        decoder.charset = charset(&decoder.raw, mark)?;
        decoder.decode();
        Ok(decoder)
    }

    /// Line that has been reached, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Column that has been reached, in bytes of UTF-8, from 1.
    pub(super) const fn column(&self) -> u64 {
        self.column
    }

    /// Largest piece of markup, in bytes.
    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    /// Begins a new piece of markup for the cap.
    pub(super) const fn mark(&mut self) {
        self.since_mark = 0;
    }

    /// Why the last read failed.
    pub(super) fn take_fault(&mut self) -> Option<Reason> {
        self.fault.take()
    }

    /// Appends up to a block to `raw`.
    fn read_block(&mut self) -> io::Result<()> {
        let before = self.raw.len();
        let limit = (BLOCK.saturating_sub(before)).max(1) as u64;
        let read = self.inner.by_ref().take(limit).read_to_end(&mut self.raw)?;
        self.position.advance(read as u64);
        self.ended = read == 0;
        Ok(())
    }

    /// Makes what is in `raw` ready.
    fn decode(&mut self) {
        match self.charset {
            Charset::Utf8 => {
                let valid = match std::str::from_utf8(&self.raw) {
                    Ok(_) => self.raw.len(),
                    Err(error) => {
                        let valid = error.valid_up_to();
                        let bad = self.raw.get(valid).copied().unwrap_or_default();
                        if error.error_len().is_some() {
                            self.pending = Some(not_utf8(bad));
                        } else if self.ended {
                            let detail = "in the middle of a character".to_owned();
                            self.pending = Some(Reason::Truncated { detail });
                        }
                        valid
                    }
                };
                self.ready = 0..valid;
            }
            Charset::Single(encoding, declared) => {
                let end = match utf8_inside(self.last_byte, &self.raw) {
                    None => self.raw.len(),
                    Some(end) => {
                        let detail = "it holds UTF-8, read as declared names would be garbled";
                        let (encoding, detail) = (declared.to_owned(), detail.to_owned());
                        self.pending = Some(Reason::Misencoded { encoding, detail });
                        end
                    }
                };
                let bytes = self.raw.get(..end).unwrap_or_default();
                self.last_byte = bytes.last().copied().unwrap_or(self.last_byte);
                self.text.clear();
                let (text, _) = encoding.decode_without_bom_handling(bytes);
                self.text.extend_from_slice(text.as_bytes());
                self.raw.clear();
                self.ready = 0..self.text.len();
            }
        }
    }

    /// Gets more ready, where nothing is.
    fn refill(&mut self) -> io::Result<()> {
        if let Charset::Utf8 = self.charset {
            // What is left is the beginning of a character that the next block ends.
            self.raw.drain(..self.ready.end.min(self.raw.len()));
        }
        self.ready = 0..0;
        while self.ready.is_empty() && self.pending.is_none() {
            if self.ended && self.raw.is_empty() {
                return Ok(());
            }
            self.read_block()?;
            self.decode();
        }
        Ok(())
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Decoder {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since_mark > self.limit {
            let (what, limit) = ("a piece of markup or text", self.limit);
            self.pending = Some(Reason::TooLarge { what, limit });
            self.ready = 0..0;
        }
        if self.ready.is_empty() && self.pending.is_none() {
            let refilled = self.refill();
            if let Err(error) = refilled {
                self.pending = Some(io_reason(&error));
            }
        }
        if self.ready.is_empty()
            && let Some(reason) = self.pending.take()
        {
            self.fault = Some(reason);
            return Err(io::Error::other("the file cannot be read further"));
        }
        let buffer = match self.charset {
            Charset::Utf8 => &self.raw,
            Charset::Single(..) => &self.text,
        };
        Ok(buffer.get(self.ready.clone()).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let buffer = match self.charset {
            Charset::Utf8 => &self.raw,
            Charset::Single(..) => &self.text,
        };
        let end = self.ready.start.saturating_add(amount).min(self.ready.end);
        let consumed = buffer.get(self.ready.start..end).unwrap_or_default();
        match consumed.iter().rposition(|byte| *byte == b'\n') {
            None => self.column += consumed.len() as u64,
            Some(last) => {
                self.line += consumed.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.column = (consumed.len() - last) as u64;
            }
        }
        self.since_mark += consumed.len() as u64;
        self.ready.start = end;
    }
}

fn not_utf8(byte: u8) -> Reason {
    let detail = format!("the byte 0x{byte:02X} has no place there");
    Reason::Misencoded {
        encoding: "UTF-8".to_owned(),
        detail,
    }
}

/// Where a text of single bytes goes on as UTF-8: after a byte 0xC3 (`Ã`) that is followed by one of
/// 0x80–0xBF, which are symbols and controls. No French text has that, and nearly all French letters
/// with accents are that in UTF-8.
fn utf8_inside(last: u8, bytes: &[u8]) -> Option<usize> {
    let continues = |byte: &u8| (0x80..=0xBF).contains(byte);
    if last == 0xC3 && bytes.first().is_some_and(continues) {
        return Some(0);
    }
    let pair = |pair: &[u8]| matches!(pair, [0xC3, next] if continues(next));
    bytes.windows(2).position(pair)
}

/// The encoding of a file by its first bytes.
fn charset(head: &[u8], mark: bool) -> Result<Charset, Reason> {
    let unknown = |encoding: &str| Reason::UnknownEncoding {
        encoding: encoding.to_owned(),
    };
    if head.starts_with(b"\xFF\xFE")
        || head.starts_with(b"\xFE\xFF")
        || head.get(..2).is_some_and(|start| start.contains(&0))
    {
        return Err(unknown("UTF-16 or UTF-32"));
    }
    let Some(declared) = declared(head) else {
        return Ok(Charset::Utf8);
    };
    let label = declared.to_ascii_lowercase().replace('_', "-");
    let charset = match label.as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Charset::Utf8,
        "iso-8859-15" | "iso8859-15" | "latin-9" | "latin9" => {
            Charset::Single(ISO_8859_15, "ISO-8859-15")
        }
        // The two differ in 0x80–0x9F alone, where the first has nothing that a text could hold.
        "iso-8859-1" | "iso8859-1" | "latin-1" | "latin1" => {
            Charset::Single(WINDOWS_1252, "ISO-8859-1")
        }
        "windows-1252" | "cp1252" | "cp-1252" => Charset::Single(WINDOWS_1252, "windows-1252"),
        _ => return Err(unknown(&declared.chars().take(40).collect::<String>())),
    };
    match charset {
        Charset::Single(_, encoding) if mark => Err(Reason::Misencoded {
            encoding: encoding.to_owned(),
            detail: "it begins with the byte order mark of UTF-8".to_owned(),
        }),
        charset => Ok(charset),
    }
}

/// The value of `encoding` in an XML declaration.
fn declared(head: &[u8]) -> Option<String> {
    let head = head.get(..head.len().min(DECLARATION_LIMIT))?;
    let head = head.strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = String::from_utf8_lossy(head.get(..end)?);
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, _) = rest.get(1..)?.split_once(quote)?;
    Some(value.trim().to_owned())
}
