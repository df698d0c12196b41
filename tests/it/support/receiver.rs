//! A receiver of image events: a server on this machine that can also refuse events or be away.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::ImageEvent;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use tokio::{net::TcpListener, task::JoinHandle};

/// The secret that the receiver and the handler share.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The receiver's answer to an event.
type Answer = Box<dyn Fn(&ImageEvent) -> StatusCode + Send>;

/// A receiver of events.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    inbox: Arc<Inbox>,
    server: Option<JoinHandle<()>>,
}

struct Inbox {
    taken: Mutex<Vec<ImageEvent>>,
    answer: Mutex<Answer>,
}

impl Receiver {
    /// A receiver that accepts everything.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut receiver = Self {
            address: listener.local_addr().expect("a bound socket"),
            inbox: Arc::new(Inbox {
                taken: Mutex::default(),
                answer: Mutex::new(Box::new(|_| StatusCode::NO_CONTENT)),
            }),
            server: None,
        };
        receiver.serve(listener);
        receiver
    }

    fn serve(&mut self, listener: TcpListener) {
        let router = Router::new()
            .fallback(take)
            .with_state(Arc::clone(&self.inbox));
        self.server = Some(tokio::spawn(async {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        }));
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/events", self.address)
    }

    /// Answers in this way from now on. Only events that are answered with success count as taken.
    pub(crate) fn answer(&self, answer: impl Fn(&ImageEvent) -> StatusCode + Send + 'static) {
        *locked(&self.inbox.answer) = Box::new(answer);
    }

    /// Every accepted event, in the order of arrival, including duplicates.
    pub(crate) fn taken(&self) -> Vec<ImageEvent> {
        locked(&self.inbox.taken).clone()
    }

    /// Accepts no connection until it comes back.
    pub(crate) async fn go_away(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            let _ = server.await;
        }
    }

    pub(crate) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("its old port");
        self.serve(listener);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(
    State(inbox): State<Arc<Inbox>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let events = match read(&uri, &headers, &body) {
        Ok(events) => events,
        Err(problem) => return (StatusCode::IM_A_TEAPOT, problem).into_response(),
    };
    let answers = events.iter().map(|event| locked(&inbox.answer)(event));
    let refusal = answers.into_iter().find(|answer| !answer.is_success());
    if let Some(refusal) = refusal {
        return (refusal, "no, thank you").into_response();
    }
    locked(&inbox.taken).extend(events);
    StatusCode::NO_CONTENT.into_response()
}

/// The events of a request, if it is a valid request for Event Grid, or a signed webhook.
fn read(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Vec<ImageEvent>, String> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| format!("no {name}"))
    };
    let json = |error: serde_json::Error| error.to_string();
    match header("content-type")? {
        "application/cloudevents-batch+json; charset=utf-8" => {
            let expected = [
                header("authorization")? == "Bearer a-token",
                uri.query() == Some("api-version=2018-01-01"),
            ];
            expected
                .iter()
                .all(|is| *is)
                .then_some(())
                .ok_or("not for Event Grid")?;
            serde_json::from_slice(body).map_err(json)
        }
        "application/cloudevents+json; charset=utf-8" => {
            let event: ImageEvent = serde_json::from_slice(body).map_err(json)?;
            let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
            verify(id, time, body, header("webhook-signature")?)?;
            (id == event.id)
                .then(|| vec![event])
                .ok_or_else(|| "another id".to_owned())
        }
        other => Err(format!("the type {other}")),
    }
}

/// Verifies as docs/events.md tells receivers to do.
fn verify(id: &str, time: &str, body: &[u8], signatures: &str) -> Result<(), String> {
    let seconds: i64 = time.parse().map_err(|_| "no time")?;
    if (jiff::Timestamp::now().as_second() - seconds).abs() > 300 {
        return Err("signed long ago".to_owned());
    }
    let key = STANDARD
        .decode(SECRET.trim_start_matches("whsec_"))
        .expect("base64");
    let is_ours = |signature: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{id}.{time}.").as_bytes());
        mac.update(body);
        let code = signature
            .strip_prefix("v1,")
            .and_then(|code| STANDARD.decode(code).ok());
        code.is_some_and(|code| mac.verify_slice(&code).is_ok())
    };
    signatures
        .split(' ')
        .any(is_ours)
        .then_some(())
        .ok_or_else(|| "not our signature".to_owned())
}
