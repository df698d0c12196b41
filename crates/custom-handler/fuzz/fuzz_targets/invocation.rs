//! Any request of the host gives the event of each trigger, or an error.

#![no_main]

use axum::{body::Body, extract::FromRequest as _, http::Request};
use azure_functions_custom_handler::{
    Blob, CosmosChanges, Event, EventGridBatch, EventGridEvent, HttpRequest, KafkaBatch,
    KafkaMessage, KafkaTextMessage, QueueMessage, TimerInfo, Trigger,
};
use futures::executor::block_on;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    read::<Blob>(body);
    read::<CosmosChanges>(body);
    read::<EventGridBatch>(body);
    read::<EventGridEvent>(body);
    read::<HttpRequest>(body);
    read::<KafkaBatch>(body);
    read::<KafkaMessage>(body);
    read::<KafkaTextMessage>(body);
    read::<QueueMessage>(body);
    read::<TimerInfo>(body);
});

/// Reads the body as the event of one trigger.
fn read<T: Trigger>(body: &[u8]) {
    let request = Request::post("/Function").body(Body::from(body.to_vec()));
    let request = request.expect("the request is valid");
    if let Err(invalid) = block_on(Event::<T>::from_request(request, &())) {
        assert!(!invalid.to_string().is_empty());
    }
}
