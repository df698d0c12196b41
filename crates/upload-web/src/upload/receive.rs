//! The stream of one upload, with limits that apply while it arrives.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::sniff;
use crate::error::Error;

/// How long a client may send nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How slow a client may be, after it has had the time of [`SILENCE`] to start. Slower ones would
/// hold places that others wait for.
const SLOWEST_BYTES_PER_SECOND: u64 = 8 * 1024;

type Chunks<'a> = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + 'a>>;

/// One upload that is being received.
pub struct Receive<'a> {
    chunks: Chunks<'a>,
    /// Received and not yet passed on.
    buffer: BytesMut,
    ended: bool,
    content_type: &'static str,
    limit: u64,
    received: u64,
    /// Of the bytes that were passed on.
    sha256: Sha256,
    started: Instant,
}

impl<'a> Receive<'a> {
    /// Waits for the first bytes and finds the type in them.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedType`] before anything is stored; [`Error::TooLarge`] if the stated
    /// length is too large.
    pub async fn begin(
        chunks: impl Stream<Item = Result<Bytes, Error>> + Send + 'a,
        stated_length: Option<u64>,
        limit: u64,
    ) -> Result<Self, Error> {
        let mut receive = Self::new(chunks, limit);
        if stated_length.is_some_and(|length| length > limit) {
            return Err(receive.too_large());
        }
        receive.fill(sniff::ENOUGH).await?;
        receive.content_type = sniff::media_type(&receive.buffer)?;
        Ok(receive)
    }

    fn new(chunks: impl Stream<Item = Result<Bytes, Error>> + Send + 'a, limit: u64) -> Self {
        Self {
            chunks: Box::pin(chunks),
            buffer: BytesMut::new(),
            ended: false,
            content_type: "",
            limit,
            received: 0,
            sha256: Sha256::new(),
            started: Instant::now(),
        }
    }

    /// A whole block, which must have exactly `length` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::BlockTooLong`], [`Error::Stalled`], or an error that the client disconnected.
    pub async fn exactly(
        chunks: impl Stream<Item = Result<Bytes, Error>> + Send + 'a,
        length: usize,
    ) -> Result<Bytes, Error> {
        let mut receive = Self::new(chunks, length as u64);
        match receive.is_within(length).await {
            Err(Error::TooLarge { .. }) => Err(Error::BlockTooLong),
            Err(error) => Err(error),
            Ok(_) if receive.buffer.len() < length => Err(Error::broken_off()),
            Ok(_) => Ok(receive.buffer.freeze()),
        }
    }

    /// The media type that the first bytes show.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Bytes received so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next `size` bytes, or what is left; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::Stalled`], or an error that the client disconnected.
    pub async fn block(&mut self, size: usize) -> Result<Option<Bytes>, Error> {
        self.fill(size).await?;
        let block = self.buffer.split_to(size.min(self.buffer.len())).freeze();
        self.sha256.update(&block);
        Ok((!block.is_empty()).then_some(block))
    }

    /// The SHA-256 of all blocks, in hexadecimal digits as records have it.
    #[must_use]
    pub fn sha256(self) -> String {
        format!("{:x}", self.sha256.finalize())
    }

    /// Waits until it is known whether the whole stream has at most `size` bytes. Those are kept in
    /// memory meanwhile.
    ///
    /// # Errors
    ///
    /// As for [`block`](Self::block).
    pub async fn is_within(&mut self, size: usize) -> Result<bool, Error> {
        self.fill(size.saturating_add(1)).await?;
        Ok(self.buffer.len() <= size)
    }

    /// Receives until the buffer has `size` bytes or the stream ends.
    async fn fill(&mut self, size: usize) -> Result<(), Error> {
        while self.buffer.len() < size && !self.ended {
            let next = timeout(SILENCE, self.chunks.next()).await;
            match next.map_err(|_| Error::Stalled)? {
                None => self.ended = true,
                Some(chunk) => self.take(&chunk?)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, chunk: &Bytes) -> Result<(), Error> {
        self.received += chunk.len() as u64;
        if self.received > self.limit {
            return Err(self.too_large());
        }
        let elapsed = self.started.elapsed();
        let expected = SLOWEST_BYTES_PER_SECOND * elapsed.saturating_sub(SILENCE).as_secs();
        if self.received < expected {
            return Err(Error::Stalled);
        }
        self.buffer.extend_from_slice(chunk);
        Ok(())
    }

    fn too_large(&self) -> Error {
        Error::TooLarge {
            limit_mib: self.limit >> 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    const GIF: &[u8] = b"GIF89a and more";

    fn chunks(chunks: Vec<&'static [u8]>) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        stream::iter(
            chunks
                .into_iter()
                .map(|chunk| Ok(Bytes::from_static(chunk))),
        )
    }

    #[tokio::test]
    async fn bytes_come_in_blocks_whatever_chunks_they_arrived_in() {
        let mut receive = Receive::begin(chunks(vec![b"GI", b"F89a", b"", b"123456"]), None, 100)
            .await
            .unwrap();
        assert_eq!(receive.content_type(), "image/gif");
        assert_eq!(receive.block(5).await.unwrap().unwrap(), "GIF89");
        assert_eq!(receive.block(100).await.unwrap().unwrap(), "a123456");
        assert_eq!(receive.block(100).await.unwrap(), None);
        assert_eq!(receive.received(), 12);
        let sha256 = format!("{:x}", Sha256::digest("GIF89a123456"));
        assert_eq!(receive.sha256(), sha256);
    }

    #[tokio::test]
    async fn what_is_small_is_told_before_it_is_taken() {
        for (size, within) in [(GIF.len() - 1, false), (GIF.len(), true)] {
            let mut receive = Receive::begin(chunks(vec![GIF]), None, 100).await.unwrap();
            assert_eq!(receive.is_within(size).await.unwrap(), within);
            assert_eq!(receive.block(100).await.unwrap().unwrap(), GIF);
        }
    }

    #[tokio::test]
    async fn the_limit_holds_for_what_is_stated_and_for_what_comes() {
        let stated = Receive::begin(chunks(vec![GIF]), Some(101), 100).await;
        assert!(matches!(stated, Err(Error::TooLarge { .. })));
        let lied = Receive::begin(chunks(vec![GIF]), Some(1), GIF.len() as u64 - 1).await;
        assert!(matches!(lied, Err(Error::TooLarge { .. })));
        let exact = Receive::begin(chunks(vec![GIF]), None, GIF.len() as u64).await;
        assert!(exact.is_ok());
    }

    #[tokio::test]
    async fn a_block_has_the_bytes_of_its_place_or_is_refused() {
        let length = GIF.len() + 3;
        let exactly = |sent: Vec<&'static [u8]>| Receive::exactly(chunks(sent), length);
        assert_eq!(exactly(vec![b"abc", GIF]).await.unwrap().len(), length);
        let short = exactly(vec![b"ab", GIF]).await.unwrap_err();
        assert!(matches!(short, Error::Invalid(_)), "{short:?}");
        let long = exactly(vec![b"abcd", GIF]).await.unwrap_err();
        assert!(matches!(long, Error::BlockTooLong), "{long:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_given_up() {
        let silent = chunks(vec![GIF]).chain(stream::pending());
        assert!(matches!(
            Receive::begin(silent, None, 100).await,
            Err(Error::Stalled)
        ));
    }
}
