//! An HTTP address that takes events.

use std::time::Duration;

use anyhow::{Context as _, bail};
use azure_core::http::Url;
use contract::Rejection;
use reqwest::{Client, RequestBuilder, StatusCode, redirect};

use super::is_loopback;
use crate::{
    error::Retry,
    patience::{Failure, Patience, ServiceError},
};

/// A request without an answer for this long has failed.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);
/// How many bytes of a refusal are kept as its reason.
const LONGEST_REASON: usize = 500;

/// An address from the settings and from nowhere else.
pub(super) struct Endpoint {
    url: Url,
    client: Client,
}

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    /// No token could be obtained.
    #[error("no token for Event Grid")]
    Token(#[source] azure_core::Error),
    /// No answer came.
    #[error("no answer")]
    Transport(#[source] reqwest::Error),
    /// An answer other than success.
    #[error("the answer was {status}: {text}")]
    Status {
        status: StatusCode,
        /// The beginning of its body.
        text: String,
    },
}

impl From<reqwest::Error> for PostError {
    /// Drops the address, which may contain an access token.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}

impl ServiceError for PostError {
    /// A redirection is not followed, because the settings decide where events go. It can pass, like a missing right, a
    /// wrong secret or a wrong path, because the settings can be corrected.
    fn may_pass(&self) -> bool {
        let Self::Status { status, .. } = self else {
            return true;
        };
        !status.is_client_error()
            || may_be_corrected(*status)
            || matches!(status.as_u16(), 408 | 425 | 429)
    }

    fn names_what_is_missing(&self) -> bool {
        false
    }
}

fn may_be_corrected(status: StatusCode) -> bool {
    status.is_redirection() || matches!(status.as_u16(), 401 | 403 | 404)
}

impl Endpoint {
    /// The address in the settings. It must use TLS or be on this machine.
    pub(super) fn from_settings(lookup: &impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let value = lookup("DARKROOM_EVENTS_URL").filter(|value| !value.is_empty());
        let value = value.context(
            "DARKROOM_EVENTS_URL is missing: set it to the address that events are sent to",
        )?;
        // The address may contain an access token, so it is not shown.
        let url = Url::parse(&value).context("DARKROOM_EVENTS_URL is not a URL")?;
        if url.scheme() != "https"
            && !(url.scheme() == "http" && is_loopback(url.host_str().unwrap_or_default()))
        {
            bail!(
                "DARKROOM_EVENTS_URL does not begin with https://, which is required unless the \
                 address is on this machine"
            );
        }
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(LONGEST_REQUEST);
        Ok(Self {
            url,
            client: client.build().context("no HTTP client can be created")?,
        })
    }

    /// The address with one more parameter.
    pub(super) fn with_parameter(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(super) fn post(&self) -> RequestBuilder {
        self.client.post(self.url.clone())
    }
}

/// Sends a request, which is built again for each try. Returns the reason if it is refused for good.
pub(super) async fn post<F>(
    patience: &Patience,
    doing: &str,
    request: impl Fn() -> F + Send + Sync,
) -> Result<Result<(), Rejection>, Retry>
where
    F: Future<Output = Result<RequestBuilder, PostError>> + Send,
{
    let attempt = || async { answered(request().await?.send().await?).await };
    match patience.wait_out(doing, attempt).await {
        Ok(()) => Ok(Ok(())),
        Err(Failure::Answer(error)) => Ok(Err(Rejection {
            code: "refused-by-sink".to_owned(),
            message: error.to_string(),
        })),
        Err(Failure::Retry(retry)) => Err(retry),
    }
}

async fn answered(mut response: reqwest::Response) -> Result<(), PostError> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    if may_be_corrected(status) {
        tracing::error!(
            %status,
            "events are not accepted, and wait: correct their address, the permission or the secret"
        );
    }
    // An answer whose body breaks off still counts as an answer.
    let text = response.chunk().await.ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST_REASON)]).into_owned();
    Err(PostError::Status { status, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_over_tls_or_on_this_machine() {
        let endpoint = |url: &'static str| Endpoint::from_settings(&|_: &str| Some(url.to_owned()));
        for good in [
            "https://example.com/hook",
            "http://localhost:8080/",
            "http://127.0.0.1:1/",
            "http://[::1]/",
        ] {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "ftp://localhost/",
            "example.com",
        ] {
            assert!(endpoint(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_can_be_corrected_and_what_passes_is_waited_out() {
        let status = |status| PostError::Status {
            status: StatusCode::from_u16(status).unwrap(),
            text: String::new(),
        };
        for passing in [301, 307, 401, 403, 404, 408, 425, 429, 500, 503] {
            assert!(status(passing).may_pass(), "{passing}");
        }
        for refusal in [400, 405, 409, 410, 413, 415, 422] {
            assert!(!status(refusal).may_pass(), "{refusal}");
        }
    }
}
