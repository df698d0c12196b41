//! Just enough HTTP/1.1 to find where a message begins and ends.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>.

use std::io;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};

/// The longest head in bytes.
const LONGEST_HEAD: u64 = 1024 * 1024;

/// The first line and the headers, unchanged.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) bytes: Vec<u8>,
    text: String,
}

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunked,
    UntilClosed,
}

impl Head {
    /// Reads a head; `None` if the connection ended before one began.
    pub(super) async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut from = from.take(LONGEST_HEAD);
        loop {
            let length = from.read_until(b'\n', &mut bytes).await?;
            if length == 0 && bytes.is_empty() {
                return Ok(None);
            }
            if !bytes.ends_with(b"\n") {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if length <= 2 && bytes.len() > length {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                return Ok(Some(Self { bytes, text }));
            }
        }
    }

    pub(super) fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let headers = self.text.lines().skip(1);
        let mut pairs = headers.filter_map(|line| line.split_once(':'));
        pairs
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    fn is_chunked(&self) -> bool {
        let coding = self.header("transfer-encoding");
        coding.is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"))
    }

    fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    /// Whether the connection ends with this message.
    pub(super) fn is_last(&self) -> bool {
        let connection = self.header("connection").unwrap_or_default();
        connection.eq_ignore_ascii_case("close")
    }

    /// The body of a request.
    pub(super) fn request_body(&self) -> Body {
        if self.is_chunked() {
            Body::Chunked
        } else {
            Body::Length(self.length().unwrap_or(0))
        }
    }

    fn status(&self) -> u16 {
        let status = self.first_line().split(' ').nth(1);
        status.and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// Whether the final response is still to come.
    pub(super) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status())
    }

    /// The body of a response to `request`.
    pub(super) fn response_body(&self, request: &Self) -> Body {
        if request.first_line().starts_with("HEAD ") || matches!(self.status(), 204 | 304) {
            Body::Length(0)
        } else if self.is_chunked() {
            Body::Chunked
        } else {
            self.length().map_or(Body::UntilClosed, Body::Length)
        }
    }
}

impl Body {
    /// Copies a body while it arrives.
    pub(super) async fn copy(
        self,
        from: &mut (impl AsyncBufRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        match self {
            Self::Length(length) => copy_exactly(length, from, to).await?,
            Self::Chunked => copy_chunks(from, to).await?,
            Self::UntilClosed => drop(tokio::io::copy_buf(from, to).await?),
        }
        to.flush().await
    }
}

async fn copy_exactly(
    length: u64,
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let copied = tokio::io::copy_buf(&mut from.take(length), to).await?;
    if copied == length {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

async fn copy_chunks(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    loop {
        let line = copy_line(from, to).await?;
        let text = String::from_utf8_lossy(&line);
        let size = text.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
        if size == 0 {
            break;
        }
        // The line break after the data is part of the chunk.
        copy_exactly(size + 2, from, to).await?;
    }
    // Trailers, up to the empty line.
    while copy_line(from, to).await?.len() > 2 {}
    Ok(())
}

async fn copy_line(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LONGEST_HEAD).read_until(b'\n', &mut line).await?;
    if !line.ends_with(b"\n") {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    to.write_all(&line).await?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn head(text: &str) -> Head {
        Head::read(&mut text.as_bytes()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn the_end_of_a_response_depends_on_what_was_asked() {
        let get = head("GET /a HTTP/1.1\r\n\r\n").await;
        let asked_head = head("HEAD /a HTTP/1.1\r\n\r\n").await;
        let sized = head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").await;
        assert_eq!(sized.response_body(&get), Body::Length(5));
        assert_eq!(sized.response_body(&asked_head), Body::Length(0));
        let unchanged = head("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n").await;
        assert_eq!(unchanged.response_body(&get), Body::Length(0));
        let chunked = head("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n").await;
        assert_eq!(chunked.response_body(&get), Body::Chunked);
        let open = head("HTTP/1.1 200 OK\r\n\r\n").await;
        assert_eq!(open.response_body(&get), Body::UntilClosed);
    }

    #[tokio::test]
    async fn a_chunked_body_is_copied_to_its_end_and_no_further() {
        let body = "5;x=\"y\"\r\nab\r\nc\r\n0\r\nTrailer: 1\r\n\r\n";
        let stream = format!("{body}NEXT");
        let (mut from, mut to) = (stream.as_bytes(), Vec::new());
        Body::Chunked.copy(&mut from, &mut to).await.unwrap();
        assert_eq!(String::from_utf8(to).unwrap(), body);
        assert_eq!(from, b"NEXT");
    }
}
