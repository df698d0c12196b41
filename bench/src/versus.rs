//! The two sides of a measurement.

use anyhow::{Context, Result};

use crate::contender::Contender;

/// Darkroom and its peer, the sides 0 and 1.
pub(crate) struct Versus([Contender; 2]);

impl Versus {
    pub(crate) fn new(darkroom: Contender, peer: Contender) -> Self {
        Self([darkroom, peer])
    }

    pub(crate) fn contender(&self, side: usize) -> &Contender {
        &self.0[side]
    }

    /// The order within a round. It alternates, so that drift of the machine (heat, caches,
    /// neighbours) affects both sides equally.
    pub(crate) fn turn(round: usize) -> [usize; 2] {
        if round.is_multiple_of(2) {
            [0, 1]
        } else {
            [1, 0]
        }
    }

    /// The peer's own description of its versions.
    pub(crate) async fn peer_versions(&self) -> Result<String> {
        let handler = self.0[1].start().await.context("the peer does not start")?;
        let about = handler.about.clone();
        handler.stop().await?;
        Ok(about)
    }
}
