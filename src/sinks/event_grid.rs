//! A custom topic of Event Grid, which takes lists of CloudEvents from an identity that may send them.

use std::{ops::Range, sync::Arc};

use azure_core::credentials::TokenCredential;
use contract::{ImageEvent, Rejection};
use reqwest::header::CONTENT_TYPE;

use super::{
    Refused,
    endpoint::{Endpoint, PostError, post},
    json,
};
use crate::{error::Retry, patience::Patience};

/// The connection whose settings name the sending identity.
const CONNECTION: &str = "EventGrid";
/// The scope of the tokens. Source:
/// <https://learn.microsoft.com/azure/event-grid/authenticate-with-microsoft-entra-id>.
const SCOPE: &str = "https://eventgrid.azure.net/.default";
/// Source: <https://learn.microsoft.com/azure/event-grid/post-to-custom-topic#endpoint>.
const API_VERSION: &str = "2018-01-01";
/// The longest list in bytes. Event Grid takes a mebibyte.
const LONGEST_LIST: usize = 512 * 1024;

/// A topic.
pub struct EventGrid {
    endpoint: Endpoint,
    identity: Arc<dyn TokenCredential>,
}

impl EventGrid {
    pub(super) fn from_settings(lookup: &impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_settings(lookup)?;
        Ok(Self {
            endpoint: endpoint.with_parameter("api-version", API_VERSION),
            identity: connections::credential(CONNECTION, lookup)?,
        })
    }

    /// Sends events in lists. If a list is refused, each of its events is sent alone, so that one bad event does not
    /// affect the others.
    pub(super) async fn send<'a>(
        &self,
        patience: &Patience,
        events: &'a [ImageEvent],
    ) -> Result<Vec<Refused<'a>>, Retry> {
        let texts: Vec<_> = events.iter().map(json).collect::<Result<_, _>>()?;
        let mut refused = Vec::new();
        for range in lists(&texts) {
            let list = &events[range.clone()];
            match (self.send_list(patience, &texts[range]).await?, list) {
                (Ok(()), _) => {}
                (Err(reason), [event]) => refused.push(Refused { event, reason }),
                (Err(_), list) => {
                    for event in list {
                        let sent = self.send_one(patience, event).await?;
                        refused.extend(sent.err().map(|reason| Refused { event, reason }));
                    }
                }
            }
        }
        Ok(refused)
    }

    pub(super) async fn send_one(
        &self,
        patience: &Patience,
        event: &ImageEvent,
    ) -> Result<Result<(), Rejection>, Retry> {
        self.send_list(patience, &[json(event)?]).await
    }

    async fn send_list(
        &self,
        patience: &Patience,
        texts: &[Vec<u8>],
    ) -> Result<Result<(), Rejection>, Retry> {
        let doing = format!("sending {} events to Event Grid", texts.len());
        let body = &[b"[", &*texts.join(&b','), b"]"].concat();
        post(patience, &doing, || async move {
            let token = self.identity.get_token(&[SCOPE], None).await;
            let token = token.map_err(PostError::Token)?.token;
            Ok(self
                .endpoint
                .post()
                .header(
                    CONTENT_TYPE,
                    "application/cloudevents-batch+json; charset=utf-8",
                )
                .bearer_auth(token.secret())
                .body(body.clone()))
        })
        .await
    }
}

/// The ranges of the lists. No list is too long unless a single event is.
fn lists(texts: &[Vec<u8>]) -> Vec<Range<usize>> {
    let mut lists: Vec<Range<usize>> = Vec::new();
    let mut length = 0;
    for (index, text) in texts.iter().enumerate() {
        length += text.len() + 1;
        match lists.last_mut() {
            Some(list) if length <= LONGEST_LIST => list.end = index + 1,
            _ => {
                lists.push(index..index + 1);
                length = text.len() + 1;
            }
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_as_long_as_they_may_be() {
        let texts = |lengths: &[usize]| {
            lengths
                .iter()
                .map(|length| vec![b' '; *length])
                .collect::<Vec<_>>()
        };
        let half = LONGEST_LIST / 2 - 1;
        assert_eq!(lists(&texts(&[])), Vec::<Range<usize>>::new());
        assert_eq!(lists(&texts(&[half, half, 1])), [0..2, 2..3]);
        assert_eq!(lists(&texts(&[1, 2 * LONGEST_LIST, 1])), [0..1, 1..2, 2..3]);
    }
}
