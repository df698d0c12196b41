//! Tests the replacement of a running handler.

use std::{
    sync::{Mutex, mpsc},
    time::Duration,
};

use reqwest::Client;
use rustix::process::Pid;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

use crate::support::{App, AppBuilder, Reply, eventually};

/// Calls the function, and returns the status when it has answered.
fn call(app: &App) -> JoinHandle<u16> {
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{}/api/ProcessSink", app.url));
    tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
}

async fn other_handler(app: &App, than: Option<Pid>) -> Option<Pid> {
    let other = || async { app.handler_pid().filter(|pid| Some(*pid) != than) };
    Some(eventually("handler in its place", other).await)
}

#[tokio::test]
async fn a_replaced_handler_finishes_what_it_has_begun() {
    let (answer, answers) = mpsc::channel();
    let answers = Mutex::new(answers);
    let mut app = AppBuilder::http()
        .start(move |_| answers.lock().unwrap().recv().unwrap())
        .await;
    let first = app.handler_pid();
    let begun = call(&app);
    app.calls(1).await;
    assert!(app.host().replace_handler(Duration::from_secs(30)));
    // Once it is no longer announced it is leaving, and new calls wait for the next one.
    eventually("farewell", || async {
        app.handler_pid().is_none().then_some(())
    })
    .await;
    let waiting = call(&app);
    answer.send(Reply::empty()).unwrap();
    assert_eq!(begun.await.unwrap(), 200);
    assert_ne!(other_handler(&app, first).await, first);
    answer.send(Reply::empty()).unwrap();
    assert_eq!(waiting.await.unwrap(), 200);
    assert_eq!(app.handler.calls().len(), 2);
}

#[tokio::test]
async fn a_handler_that_hangs_is_replaced_all_the_same() {
    let mut app = AppBuilder::http().start(|_| Reply::Hang).await;
    let first = app.handler_pid();
    let hanging = call(&app);
    app.calls(1).await;
    assert!(app.host().replace_handler(Duration::from_millis(10)));
    assert_eq!(hanging.await.unwrap(), 500);
    other_handler(&app, first).await;
}

#[tokio::test]
async fn being_replaced_is_no_failure() {
    let mut app = AppBuilder::http().start(|_| Reply::empty()).await;
    let mut handler = app.handler_pid();
    // The third failure would end the host.
    for _ in 0..4 {
        assert!(app.host().replace_handler(Duration::from_secs(30)));
        handler = other_handler(&app, handler).await;
    }
    assert_eq!(call(&app).await.unwrap(), 200);
}

#[tokio::test]
async fn connections_end_with_the_host() {
    let mut app = AppBuilder::http().start(|_| Reply::empty()).await;
    let address = app.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    app.drop_host();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut rest))
        .await
        .expect("the connection ends")
        .unwrap();
}
